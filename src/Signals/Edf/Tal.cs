using System.Buffers;
using System.Globalization;
using System.Text;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>A time-stamped annotation list: an onset, perhaps a duration, and texts.</summary>
/// <param name="Offset">Where it begins, in bytes from the start of the file.</param>
/// <param name="OnsetSeconds">Seconds from the start time in the header.</param>
/// <param name="DurationSeconds">Null where none is given.</param>
/// <param name="Texts">In order. An empty first text marks the list that keeps a record's time.</param>
internal sealed record Tal(long Offset, decimal OnsetSeconds, decimal? DurationSeconds, IReadOnlyList<string> Texts);

/// <summary>
/// Reads the lists in one record of an annotation signal. A list is
/// <c>onset [0x15 duration] 0x14 text 0x14 ... text 0x14 0x00</c>; what follows the last is filled with 0x00. Damaged
/// lists are left out, each with a warning.
/// </summary>
internal static class TalReader
{
    private const byte TextMark = 0x14;
    private const byte DurationMark = 0x15;

    private static readonly SearchValues<byte> SecondsCharacters = SearchValues.Create("0123456789."u8);

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static void Read(ReadOnlySpan<byte> bytes, long offset, RecordingWarnings warnings, List<Tal> tals)
    {
        tals.Clear();
        while (!bytes.IsEmpty)
        {
            int length = bytes.IndexOf((byte)0);
            length = length < 0 ? bytes.Length : length;
            if (length > 0 && ReadOne(bytes[..length], offset, warnings) is { } tal)
            {
                tals.Add(tal);
            }
            int consumed = Math.Min(length + 1, bytes.Length);
            bytes = bytes[consumed..];
            offset += consumed;
        }
    }

    private static Tal? ReadOne(ReadOnlySpan<byte> list, long offset, RecordingWarnings warnings)
    {
        int mark = list.IndexOf(TextMark);
        if (mark < 0)
        {
            Warn(list, offset, warnings, "has no end (0x14) after its onset; left out");
            return null;
        }
        var stamp = list[..mark];
        int durationAt = stamp.IndexOf(DurationMark);
        var onset = durationAt < 0 ? stamp : stamp[..durationAt];
        if (onset.IsEmpty || onset[0] is not ((byte)'+' or (byte)'-') || Seconds(onset[1..]) is not { } seconds)
        {
            Warn(list, offset, warnings, "does not begin with a signed number of seconds; left out");
            return null;
        }
        decimal? duration = null;
        if (durationAt >= 0 && (duration = Seconds(stamp[(durationAt + 1)..])) is null)
        {
            Warn(list, offset, warnings, "has a duration that is not a number of seconds; kept without it");
        }
        var texts = ReadTexts(list[(mark + 1)..], offset + mark + 1, warnings);
        return new(offset, onset[0] == '-' ? -seconds : seconds, duration, texts);
    }

    private static List<string> ReadTexts(ReadOnlySpan<byte> rest, long offset, RecordingWarnings warnings)
    {
        var texts = new List<string>();
        while (!rest.IsEmpty)
        {
            int end = rest.IndexOf(TextMark);
            if (end < 0)
            {
                Warn(rest, offset, warnings, "is not closed (0x14): nobody knows where it was meant to end; left out");
                break;
            }
            texts.Add(Decode(rest[..end], offset, warnings));
            rest = rest[(end + 1)..];
            offset += end + 1;
        }
        return texts;
    }

    private static string Decode(ReadOnlySpan<byte> text, long offset, RecordingWarnings warnings)
    {
        try
        {
            return StrictUtf8.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            string latin = Encoding.Latin1.GetString(text);
            warnings.Add(
                RecordingWarningKind.AnnotationNotUtf8,
                "annotation",
                offset,
                $"'{latin}' was not UTF-8; read as Latin-1."
            );
            return latin;
        }
    }

    /// <summary>Digits and at most one point; null for anything else, or a number that is damage.</summary>
    private static decimal? Seconds(ReadOnlySpan<byte> digits)
    {
        if (digits.IsEmpty || digits.ContainsAnyExcept(SecondsCharacters))
        {
            return null;
        }
        bool parsed = decimal.TryParse(
            digits,
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out decimal seconds
        );
        return parsed && seconds <= EdfLayout.MaxSeconds ? seconds : null;
    }

    private static void Warn(ReadOnlySpan<byte> bytes, long offset, RecordingWarnings warnings, string problem)
    {
        const int shown = 40;
        string start = Encoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, shown)]);
        warnings.Add(RecordingWarningKind.AnnotationMalformed, "annotation", offset, $"'{start}' {problem}.");
    }
}
