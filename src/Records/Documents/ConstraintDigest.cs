using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Keys;

namespace Dendrite.Records.Documents;

/// <summary>
/// What a record has in the columns of a constraint, as 16 bytes by which the records that have the same are found:
/// those that break a uniqueness, and those that refer to a key. It depends on the columns' numbers and types and on
/// the values, not on the constraint's name: two constraints over the same columns share it.
/// </summary>
public static class ConstraintDigest
{
    /// <summary>
    /// 128 bits: among 2^40 records the chance of one collision is below 10^-14, and hits are compared anyway.
    /// </summary>
    public const int Length = 16;

    /// <summary>Of a record; null where one of the values is null, which no constraint counts.</summary>
    public static byte[]? Of(DatasetConstraint constraint, RecordCells cells) =>
        ValuesOf(constraint, cells) is { } values ? Of(constraint, cells.Definition, values) : null;

    /// <summary>Of values that a record may have, such as the key that others refer to.</summary>
    public static byte[] Of(
        DatasetConstraint constraint,
        DatasetDefinition definition,
        ImmutableArray<CellValue> values
    )
    {
        var key = RecordKey.Encode(values.AsSpan());
        var hashed = new byte[(constraint.Columns.Length * 2 * sizeof(int)) + key.Length];
        var rest = hashed.AsSpan();
        foreach (var number in constraint.Columns)
        {
            BinaryPrimitives.WriteInt32BigEndian(rest, number);
            BinaryPrimitives.WriteInt32BigEndian(rest[sizeof(int)..], (int)definition.Find(number)!.Type);
            rest = rest[(2 * sizeof(int))..];
        }

        key.CopyTo(rest);
        return SHA256.HashData(hashed)[..Length];
    }

    /// <summary>
    /// All that a record is found by, each once: the number of the rule and the digest, as the storage layer keeps
    /// them.
    /// </summary>
    public static IReadOnlyList<(int Rule, byte[] Digest)> LookupsOf(RecordCells cells)
    {
        var found = new List<(int Rule, byte[] Digest)>();
        foreach (var constraint in cells.Definition.Constraints)
        {
            // Two constraints over the same columns share their digests.
            if (Of(constraint, cells) is { } digest && !found.Exists(one => one.Digest.AsSpan().SequenceEqual(digest)))
            {
                found.Add((RuleOf(constraint), digest));
            }
        }

        return found;
    }

    /// <summary>
    /// The number of a constraint among those of its dataset: that of its first column, which no other column ever
    /// gets. Constraints that begin with the same column share it; their digests tell them apart.
    /// </summary>
    public static int RuleOf(DatasetConstraint constraint) => constraint.Columns[0];

    /// <summary>The values in the constraint's columns; null where one of them is null.</summary>
    public static ImmutableArray<CellValue>? ValuesOf(DatasetConstraint constraint, RecordCells cells)
    {
        var values = ImmutableArray.CreateBuilder<CellValue>(constraint.Columns.Length);
        foreach (var number in constraint.Columns)
        {
            if (cells[number] is not { } value)
            {
                return null;
            }

            values.Add(value);
        }

        return values.MoveToImmutable();
    }

    /// <summary>
    /// The key that a record refers to in the other dataset; null where it refers to none. Types are those of that key:
    /// the schema rules keep them alike.
    /// </summary>
    public static byte[]? ReferencedKey(ReferenceConstraint constraint, RecordCells cells) =>
        ValuesOf(constraint, cells) is { } values ? RecordKey.Encode(values.AsSpan()) : null;
}
