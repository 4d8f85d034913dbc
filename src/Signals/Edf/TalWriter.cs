using System.Globalization;
using System.Text;

namespace Dendrite.Signals.Edf;

/// <summary>
/// Writes time-stamped annotation lists as <see cref="TalReader"/> reads them. Numbers have no more digits than they
/// need, so that one annotation is always the same bytes.
/// </summary>
internal static class TalWriter
{
    private const string SecondsFormat = "0.############################";

    /// <summary>The list that says when a record begins: <c>+567 14 14 00</c>.</summary>
    public static byte[] Timekeeping(decimal onsetSeconds) =>
        Encoding.ASCII.GetBytes($"{Signed(onsetSeconds)}\x14\x14\0");

    /// <summary>A list of one annotation.</summary>
    /// <exception cref="ArgumentException">
    /// Its text has a character that the list is made of, or that EDF+ does not allow; or its duration is negative.
    /// </exception>
    public static byte[] Annotation(EdfAnnotation annotation)
    {
        if (annotation.Text.Any(IsForbidden))
        {
            throw new ArgumentException(
                $"Annotation at {annotation.OnsetSeconds} s: its text has a control character, which EDF+ does "
                    + $"not hold.",
                nameof(annotation)
            );
        }
        if (annotation.DurationSeconds < 0)
        {
            throw new ArgumentException(
                $"Annotation at {annotation.OnsetSeconds} s lasts {annotation.DurationSeconds} s, less than nothing.",
                nameof(annotation)
            );
        }
        string duration = annotation.DurationSeconds is { } seconds ? $"\x15{Unsigned(seconds)}" : "";
        return Encoding.UTF8.GetBytes($"{Signed(annotation.OnsetSeconds)}{duration}\x14{annotation.Text}\x14\0");
    }

    /// <summary>Tabs and line breaks are allowed in texts (EDF+ 2.2.2).</summary>
    private static bool IsForbidden(char character) => character is < ' ' and not ('\t' or '\n' or '\r');

    private static string Unsigned(decimal seconds) => seconds.ToString(SecondsFormat, CultureInfo.InvariantCulture);

    private static string Signed(decimal seconds) => (seconds < 0 ? "" : "+") + Unsigned(seconds);
}
