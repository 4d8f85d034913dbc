using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>
/// A one-dimensional array in NumPy's file format: 6 bytes of magic, a version, the length of a header, the header as a
/// Python dictionary, the values.
/// </summary>
internal sealed partial class NpyFile
{
    private const int MaxHeaderBytes = 1 << 20;

    private readonly Stream stream;
    private readonly string name;
    private readonly long offset;
    private readonly string type;

    private NpyFile(Stream stream, string name, long offset, string type, long count)
    {
        (this.stream, this.name, this.offset, this.type, Count) = (stream, name, offset, type, count);
        ItemBytes = int.Parse(type[2..], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Values that are there. A recorder counts them in the header when it closes the file: after a crash there are
    /// more.
    /// </summary>
    public long Count { get; }

    public bool IsFloat => type[1] == 'f';

    private int ItemBytes { get; }

    /// <summary>Null, with a warning, where it is no array that is read: what it says is then missing.</summary>
    public static async Task<NpyFile?> TryOpenAsync(
        Stream stream,
        string name,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await OpenAsync(stream, name, cancellationToken);
        }
        catch (RecordingFormatException error)
        {
            warnings.Add(
                RecordingWarningKind.FieldIgnored,
                error.Field,
                error.Offset,
                $"{error.Problem} Left out.",
                name
            );
            return null;
        }
    }

    /// <param name="stream">Seekable; the caller's to dispose.</param>
    /// <param name="name">For messages.</param>
    /// <exception cref="RecordingFormatException">It is no such file, or of values that are not read.</exception>
    private static async Task<NpyFile> OpenAsync(Stream stream, string name, CancellationToken cancellationToken)
    {
        byte[] start = new byte[12];
        int read = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (read < start.Length || !start.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x93, .. "NUMPY"u8]))
        {
            throw new RecordingFormatException("magic", 0, "This is no NumPy array (.npy).", name);
        }
        bool isFirst = start[6] == 1;
        long length = isFirst
            ? BinaryPrimitives.ReadUInt16LittleEndian(start.AsSpan(8))
            : BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
        int begin = isFirst ? 10 : 12;
        if (length > MaxHeaderBytes || begin + length > stream.Length)
        {
            throw new RecordingFormatException("header", 8, $"A header of {length} bytes.", name);
        }
        byte[] header = new byte[length];
        stream.Position = begin;
        await stream.ReadExactlyAsync(header, cancellationToken);
        var match = Description().Match(Encoding.Latin1.GetString(header));
        if (!match.Success || match.Groups["fortran"].Value == "True")
        {
            throw new RecordingFormatException(
                "header",
                begin,
                "Not a row of numbers or texts of one length (<i1 to <i8, <u1 to <u8, <f4, <f8, |S).",
                name
            );
        }
        string type = match.Groups["type"].Value;
        int itemBytes = int.Parse(type[2..], System.Globalization.CultureInfo.InvariantCulture);
        long present = itemBytes == 0 ? 0 : (stream.Length - begin - length) / itemBytes;
        return new(stream, name, begin + length, type, present);
    }

    /// <summary>Some of the values, as whole numbers; floats are rounded down.</summary>
    public async Task<long[]> ReadIntegersAsync(long first, int count, CancellationToken cancellationToken)
    {
        if (type[1] == 'S')
        {
            throw new RecordingFormatException("header", 0, $"Whole numbers are needed, not {type}.", name);
        }
        byte[] bytes = await ReadAsync(first, count, cancellationToken);
        return [.. Enumerable.Range(0, count).Select(i => Integer(bytes.AsSpan(i * ItemBytes, ItemBytes)))];
    }

    public async Task<double> ReadDoubleAsync(long index, CancellationToken cancellationToken)
    {
        byte[] bytes = await ReadAsync(index, 1, cancellationToken);
        return type switch
        {
            [_, 'f', '8'] => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
            [_, 'f', '4'] => BinaryPrimitives.ReadSingleLittleEndian(bytes),
            _ => Integer(bytes),
        };
    }

    /// <summary>A text; bytes after the first NUL are padding.</summary>
    public async Task<string> ReadTextAsync(long index, CancellationToken cancellationToken)
    {
        byte[] bytes = await ReadAsync(index, 1, cancellationToken);
        int end = Array.IndexOf(bytes, (byte)0);
        return Encoding.UTF8.GetString(bytes, 0, end < 0 ? bytes.Length : end);
    }

    private async Task<byte[]> ReadAsync(long first, int count, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[count * ItemBytes];
        stream.Position = offset + (first * ItemBytes);
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return bytes;
    }

    private long Integer(ReadOnlySpan<byte> value) =>
        (type[1], value.Length) switch
        {
            ('i', 1) => (sbyte)value[0],
            ('u', 1) => value[0],
            ('i', 2) => BinaryPrimitives.ReadInt16LittleEndian(value),
            ('u', 2) => BinaryPrimitives.ReadUInt16LittleEndian(value),
            ('i', 4) => BinaryPrimitives.ReadInt32LittleEndian(value),
            ('u', 4) => BinaryPrimitives.ReadUInt32LittleEndian(value),
            ('i' or 'u', 8) => BinaryPrimitives.ReadInt64LittleEndian(value),
            _ => throw new RecordingFormatException("header", 0, $"Whole numbers are needed, not {type}.", name),
        };

    [GeneratedRegex(
        @"'descr'\s*:\s*'(?<type>[<|](i[1248]|u[1248]|f[48]|S\d{1,6}))'.*'fortran_order'\s*:\s*(?<fortran>\w+).*"
            + @"'shape'\s*:\s*\(\s*\d{1,18}\s*,?\s*(1\s*,?\s*)?\)",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Description();
}
