using System.Text;

namespace Dendrite.Records.Reading;

/// <summary>The characters of a document, a buffer at a time.</summary>
internal sealed class CharacterSource(Stream document, Encoding encoding) : IDisposable
{
    private const int BufferLength = 32 << 10;

    // The byte order mark, where there is one, counts more than what the caller believes.
    private readonly StreamReader reader = new(
        document,
        encoding,
        detectEncodingFromByteOrderMarks: true,
        BufferLength
    );
    private readonly char[] buffer = new char[BufferLength];

    /// <summary>The next characters; empty at the end.</summary>
    /// <exception cref="DecoderFallbackException">The bytes are not of this encoding.</exception>
    public async ValueTask<ReadOnlyMemory<char>> ReadAsync(CancellationToken cancellationToken)
    {
        var count = await reader.ReadAsync(buffer, cancellationToken);
        return buffer.AsMemory(0, count);
    }

    public void Dispose() => reader.Dispose();
}
