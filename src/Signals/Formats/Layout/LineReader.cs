using System.Text;

namespace Dendrite.Signals.Formats.Layout;

/// <summary>Walks the lines of a text file of any length, one at a time.</summary>
/// <param name="stream">The caller's to dispose.</param>
internal sealed class LineReader(Stream stream)
{
    /// <summary>No line of samples is longer; a file without line ends must not fill the memory.</summary>
    private const int MaxLineBytes = 1 << 20;

    private byte[] buffer = new byte[64 << 10];
    private int at;
    private int filled;
    private long bufferOffset;

    /// <summary>The next line; null at the end of the file.</summary>
    /// <exception cref="RecordingFormatException">A line is too long.</exception>
    public async ValueTask<TextLine?> NextAsync(CancellationToken cancellationToken)
    {
        int length = buffer.AsSpan(at, filled - at).IndexOf((byte)'\n');
        while (length < 0)
        {
            int searched = filled - at;
            if (!await FillAsync(cancellationToken))
            {
                return filled == at ? null : Take(filled - at, ended: false);
            }
            int found = buffer.AsSpan(at + searched, filled - at - searched).IndexOf((byte)'\n');
            length = found < 0 ? found : searched + found;
        }
        return Take(length, ended: true);
    }

    /// <summary>The last line had an end; only the last of a file may lack it.</summary>
    public bool IsEnded { get; private set; }

    private TextLine Take(int length, bool ended)
    {
        var line = new TextLine(bufferOffset + at, Encoding.UTF8.GetString(buffer, at, length).TrimEnd('\r'));
        at += length + (ended ? 1 : 0);
        IsEnded = ended;
        return line;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        buffer.AsSpan(at, filled - at).CopyTo(buffer);
        (bufferOffset, filled, at) = (bufferOffset + at, filled - at, 0);
        if (filled == buffer.Length && filled < MaxLineBytes)
        {
            Array.Resize(ref buffer, 2 * buffer.Length);
        }
        if (filled == buffer.Length)
        {
            throw new RecordingFormatException("line", bufferOffset, $"Longer than {MaxLineBytes} bytes.");
        }
        int read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
        filled += read;
        return read > 0;
    }
}
