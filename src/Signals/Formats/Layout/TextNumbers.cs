using System.Globalization;
using System.Text;

namespace Dendrite.Signals.Formats.Layout;

/// <summary>Walks the words of a text file, one at a time, whatever the length of its lines.</summary>
/// <param name="stream">Seekable; the caller's to dispose.</param>
/// <param name="file">Its name, for messages.</param>
/// <param name="decimalComma">A comma marks decimals; otherwise it ends a word.</param>
internal sealed class TextNumbers(Stream stream, string file, bool decimalComma)
{
    /// <summary>No number is longer.</summary>
    private const int MaxWordBytes = 64;

    private readonly byte[] buffer = new byte[64 << 10];
    private readonly byte[] word = new byte[MaxWordBytes];
    private int wordLength;
    private int at;
    private int filled;
    private long bufferOffset;
    private bool isFirst = true;

    /// <summary>Where the word begins, in bytes.</summary>
    public long Offset { get; private set; }

    /// <summary>The word stands in another line than the one before it.</summary>
    public bool StartsLine { get; private set; }

    /// <summary>The file ends with the word: more of it may have been lost.</summary>
    public bool EndsFile { get; private set; }

    /// <summary>Commas that end words, between the word and the one before it in its line.</summary>
    public int Commas { get; private set; }

    /// <summary>Goes on from a byte that begins a word.</summary>
    public void MoveTo(long offset)
    {
        stream.Position = offset;
        (at, filled, bufferOffset, isFirst) = (0, 0, offset, false);
    }

    /// <summary>False at the end.</summary>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        (StartsLine, Commas, wordLength, isFirst) = (isFirst, 0, 0, false);
        while (at < filled || await FillAsync(cancellationToken))
        {
            byte next = buffer[at++];
            bool isLineEnd = next is (byte)'\n' or (byte)'\r';
            bool isComma = next is (byte)',' && !decimalComma;
            if (isLineEnd || isComma || next is (byte)' ' or (byte)'\t' or (byte)';')
            {
                if (wordLength > 0)
                {
                    at--;
                    return true;
                }
                StartsLine |= isLineEnd;
                Commas = isLineEnd ? 0 : Commas + (isComma ? 1 : 0);
                continue;
            }
            Take(next);
        }
        EndsFile = wordLength > 0;
        return EndsFile;
    }

    /// <summary>The word as a number.</summary>
    /// <exception cref="RecordingFormatException">It is none.</exception>
    public double ReadNumber()
    {
        string text = Encoding.Latin1.GetString(word, 0, Math.Min(wordLength, MaxWordBytes));
        string pointed = decimalComma ? text.Replace(',', '.') : text;
        return
            wordLength <= MaxWordBytes
            && double.TryParse(pointed, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw new RecordingFormatException("sample", Offset, $"'{text}' is not a number.", file);
    }

    private void Take(byte next)
    {
        if (wordLength == 0)
        {
            Offset = bufferOffset + at - 1;
        }
        if (wordLength < MaxWordBytes)
        {
            word[wordLength] = next;
        }
        wordLength++;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        bufferOffset += filled;
        (at, filled) = (0, await stream.ReadAsync(buffer, cancellationToken));
        return filled > 0;
    }
}
