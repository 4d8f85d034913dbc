using System.Text;

namespace Dendrite.Signals.Formats.Layout;

/// <summary>A line of a text file.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Text">Without its end.</param>
internal readonly record struct TextLine(long Offset, string Text);

/// <summary>A small text file, read whole: headers and markers.</summary>
internal sealed record TextLines(IReadOnlyList<TextLine> Lines, bool IsUtf8)
{
    /// <summary>More than any header or list of markers has; a file of samples must not fill the memory.</summary>
    private const int MaxBytes = 64 << 20;

    /// <summary>Latin-1 with letters where that has control characters, which no text has: no byte is lost.</summary>
    private static readonly Encoding Windows = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>All of it as it stands, with line ends of one kind.</summary>
    public string Text => string.Join('\n', Lines.Select(line => line.Text));

    /// <summary>Bytes that are UTF-8 are read as such, others as Windows-1252, which has Latin-1 in it.</summary>
    /// <exception cref="RecordingFormatException">It is too large for what it should be.</exception>
    public static async Task<TextLines> ReadAsync(Stream stream, string file, CancellationToken cancellationToken)
    {
        if (stream.Length > MaxBytes)
        {
            throw new RecordingFormatException(
                "header",
                0,
                $"{stream.Length} bytes, more than the {MaxBytes} that a text header can have. This is another file.",
                file
            );
        }
        byte[] bytes = new byte[stream.Length];
        stream.Position = 0;
        await stream.ReadExactlyAsync(bytes, cancellationToken);
        return Of(bytes);
    }

    public static TextLines Of(ReadOnlySpan<byte> bytes)
    {
        bool isUtf8 = IsUtf8Text(bytes);
        var encoding = isUtf8 ? Encoding.UTF8 : Windows;
        var lines = new List<TextLine>();
        int start = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        while (start < bytes.Length)
        {
            int length = bytes[start..].IndexOfAny((byte)'\n', (byte)'\r');
            int end = length < 0 ? bytes.Length : start + length;
            lines.Add(new(start, encoding.GetString(bytes[start..end])));
            bool pair = end + 1 < bytes.Length && bytes[end] == '\r' && bytes[end + 1] == '\n';
            start = end + (pair ? 2 : 1);
        }
        return new(lines, isUtf8);
    }

    private static bool IsUtf8Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            _ = Strict.GetCharCount(bytes);
            return true;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
