using System.Collections.Immutable;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Keys;

/// <summary>
/// The key of a record as bytes whose order (<c>memcmp</c>, PostgreSQL's order of <c>bytea</c>) is the order of the
/// key's values, column by column. So one index serves points, ranges, prefixes and order by key.
/// </summary>
/// <remarks>
/// The layout of each column; no encoding is the beginning of another, so columns need no separator:
/// <code>
/// text, enum   UTF-8, then 00 (a text holds no NUL)      timestamp   microseconds, as integer
/// integer      8 bytes big-endian, sign bit turned       date        days since 0001-01-01, 4 bytes big-endian
/// boolean      00 or 01                                  uuid        its 16 bytes as written
/// double       8 bytes; sign bit turned where positive, all bits turned where negative; NaN is ff x 8
/// decimal      80 for zero; positive: c0, exponent + 8000 (2 bytes), pairs of digits + 1, 00; negative: 3f and the
///              same with all bits turned
/// </code>
/// </remarks>
public static class RecordKey
{
    /// <summary>
    /// Longest key in bytes: PostgreSQL takes index entries up to 2,704 bytes, the rest of ours needs some.
    /// </summary>
    public const int MaxLength = 1_024;

    /// <summary>Types that a column of a key may have.</summary>
    public static bool IsAllowed(CellType type) => type != CellType.Json;

    /// <summary>The bytes of all values of a key, or of the values of its first columns: a prefix.</summary>
    /// <exception cref="ArgumentException">A value is JSON.</exception>
    public static byte[] Encode(params ReadOnlySpan<CellValue> values)
    {
        var writer = KeyWriter.Begin();
        foreach (var value in values)
        {
            writer.Write(value);
        }

        return writer.ToArray();
    }

    /// <summary>The values of a key.</summary>
    /// <param name="types">Types of the key's columns, in order.</param>
    /// <exception cref="FormatException">The bytes are no key of these types.</exception>
    public static ImmutableArray<CellValue> Decode(ReadOnlySpan<byte> key, params ReadOnlySpan<CellType> types) =>
        TryDecode(key, types, out var values)
            ? values
            : throw new FormatException($"The bytes {Convert.ToHexStringLower(key)} are no key of its dataset.");

    /// <summary>
    /// The values of a key; false where the bytes are no key of these types. Total: any bytes may come.
    /// </summary>
    public static bool TryDecode(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<CellType> types,
        out ImmutableArray<CellValue> values
    )
    {
        var reader = new KeyReader(key);
        var read = ImmutableArray.CreateBuilder<CellValue>(types.Length);
        foreach (var type in types)
        {
            if (reader.TryRead(type) is not { } value)
            {
                values = [];
                return false;
            }

            read.Add(value);
        }

        values = read.ToImmutable();
        return reader.IsAtEnd;
    }

    /// <summary>
    /// The first bytes after all keys that begin with the prefix; null where there are none (empty, or all ff).
    /// </summary>
    public static byte[]? AfterPrefix(ReadOnlySpan<byte> prefix)
    {
        var last = prefix.LastIndexOfAnyExcept((byte)0xff);
        if (last < 0)
        {
            return null;
        }

        var after = prefix[..(last + 1)].ToArray();
        after[last]++;
        return after;
    }
}
