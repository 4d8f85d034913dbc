using System.Text;

namespace Dendrite.Records.Reading;

/// <summary>
/// The characters of a document, a buffer at a time. Bytes that are no text are refused, never replaced, and all
/// characters before them are given first, so that a reader can say in which line they stand.
/// </summary>
internal sealed class CharacterSource(Stream document, Encoding encoding) : IDisposable
{
    private const int BufferLength = 32 << 10;

    // Those of UTF-32 begin like those of UTF-16.
    private static readonly Encoding[] Marked =
    [
        Refusing(new UTF32Encoding(false, true)),
        Refusing(new UTF32Encoding(true, true)),
        Refusing(new UTF8Encoding(true)),
        Refusing(new UnicodeEncoding(false, true)),
        Refusing(new UnicodeEncoding(true, true)),
    ];

    private readonly byte[] bytes = new byte[BufferLength];
    private char[] characters = [];
    private Decoder? decoder;

    // Has seen what the other one had seen before this buffer.
    private Decoder? follower;
    private DecoderFallbackException? failure;
    private bool isAtEnd;

    /// <summary>The next characters; empty at the end.</summary>
    /// <exception cref="DecoderFallbackException">The bytes are not of this encoding.</exception>
    public async ValueTask<ReadOnlyMemory<char>> ReadAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        while (count == 0 && !isAtEnd && failure is null)
        {
            var part = decoder is null
                ? await BeginAsync(cancellationToken)
                : bytes.AsMemory(0, await document.ReadAsync(bytes, cancellationToken));
            isAtEnd = part.IsEmpty;
            count = Decode(part.Span);
        }

        return count == 0 && failure is not null ? throw failure : characters.AsMemory(0, count);
    }

    public void Dispose() => document.Dispose();

    // The byte order mark, where there is one, counts more than what the caller believes.
    private async ValueTask<ReadOnlyMemory<byte>> BeginAsync(CancellationToken cancellationToken)
    {
        // One byte more: nothing behind the mark is the end.
        const int LongestMark = 4;
        var count = await document.ReadAtLeastAsync(bytes, LongestMark + 1, false, cancellationToken);
        var marked = Array.Find(Marked, one => bytes.AsSpan(0, count).StartsWith(one.Preamble));
        var chosen = marked ?? encoding;
        (decoder, follower) = (chosen.GetDecoder(), chosen.GetDecoder());
        characters = new char[chosen.GetMaxCharCount(BufferLength)];
        return bytes.AsMemory(0, count)[(marked?.Preamble.Length ?? 0)..];
    }

    /// <summary>Decodes a part, or what comes before the first byte in it that is no text.</summary>
    /// <param name="part">Empty at the end of the document.</param>
    private int Decode(ReadOnlySpan<byte> part)
    {
        try
        {
            var count = decoder!.GetChars(part, characters, flush: part.IsEmpty);
            follower!.GetChars(part, characters, flush: part.IsEmpty);
            return count;
        }
        catch (DecoderFallbackException wrong)
        {
            failure = wrong;
        }

        return DecodeByByte(part);
    }

    private int DecodeByByte(ReadOnlySpan<byte> part)
    {
        var count = 0;
        try
        {
            foreach (var one in part)
            {
                count += follower!.GetChars([one], characters.AsSpan(count), flush: false);
            }
        }
        catch (DecoderFallbackException wrong)
        {
            failure = wrong;
        }

        return count;
    }

    private static Encoding Refusing(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        return strict;
    }
}
