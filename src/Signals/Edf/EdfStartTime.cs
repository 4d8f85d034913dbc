using System.Globalization;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>
/// When a recording began. The header has two digits for the year, 85 to 99 for 1985 to 1999 and 00 to 84 for 2000 to
/// 2084; EDF+ repeats the date in full in the recording field (<c>Startdate 24-JAN-2020</c>), and that one wins.
/// </summary>
internal static class EdfStartTime
{
    public const int FirstTwoDigitYear = 1985;
    public const int LastTwoDigitYear = 2084;

    // Outside these a date is damage: no recording is older than EEG, and later ones do not fit 64-bit nanoseconds.
    private const int FirstYear = 1900;
    private const int LastYear = 2199;
    private const string Prefix = "Startdate ";

    /// <summary>What EDF+ asks anonymised files to carry; stands for a start that is not known.</summary>
    public static DateTime Unknown { get; } = new(1985, 1, 1, 0, 0, 0, DateTimeKind.Unspecified);

    /// <summary>The first subfield of an EDF+ recording identification, <c>Startdate 02-MAR-2024</c>.</summary>
    public static string Startdate(DateTime start) =>
        Prefix + start.ToString("dd-MMM-yyyy", CultureInfo.InvariantCulture).ToUpperInvariant();

    public static DateTime? Read(in EdfField date, in EdfField time, string recording)
    {
        var full = ReadStartdate(recording);
        var shortened = ReadDate(date);
        if (full is not null && shortened is not null && full != shortened)
        {
            date.Warn(
                RecordingWarningKind.StartDatesDiffer,
                $"{date.Text}, but the recording field says {full:yyyy-MM-dd}, which was used."
            );
        }
        var day = full ?? shortened;
        if (day is null)
        {
            date.Warn(
                RecordingWarningKind.StartTimeUnknown,
                $"'{date.Text}' is not a date (dd.mm.yy); the start time is unknown."
            );
            return null;
        }
        if (ReadTime(time) is not { } clock)
        {
            time.Warn(
                RecordingWarningKind.StartTimeUnknown,
                $"'{time.Text}' is not a time (hh.mm.ss); the start time is unknown."
            );
            return null;
        }
        return day.Value.ToDateTime(clock);
    }

    private static DateOnly? ReadStartdate(string recording)
    {
        if (!recording.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        string value = recording[Prefix.Length..].Split(' ')[0];
        bool isDate = DateOnly.TryParseExact(
            value,
            "d-MMM-yyyy",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var day
        );
        return isDate && day.Year is >= FirstYear and <= LastYear ? day : null;
    }

    private static DateOnly? ReadDate(in EdfField field)
    {
        if (ReadNumbers(field) is not (var day, var month, var year))
        {
            return null;
        }
        year += year >= FirstTwoDigitYear % 100 ? 1900 : 2000;
        bool exists = month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month);
        return exists ? new DateOnly(year, month, day) : null;
    }

    private static TimeOnly? ReadTime(in EdfField field) =>
        ReadNumbers(field) is (<= 23 and var hour, <= 59 and var minute, <= 59 and var second)
            ? new TimeOnly(hour, minute, second)
            : null;

    /// <summary>
    /// Three numbers. The format writes each with two digits and separates them by points; other separators, and
    /// numbers without a leading zero, are accepted with a warning.
    /// </summary>
    private static (int First, int Second, int Third)? ReadNumbers(in EdfField field)
    {
        string text = field.Text;
        int at = text.AsSpan().IndexOfAny(".:-/");
        if (at < 0 || text.Split(text[at]) is not [var one, var two, var three])
        {
            return null;
        }
        if (Number(one) is not { } first || Number(two) is not { } second || Number(three) is not { } third)
        {
            return null;
        }
        if (text[at] != '.')
        {
            field.Warn(
                RecordingWarningKind.DateSeparator,
                $"'{text}' is separated by '{text[at]}' instead of '.'; read all the same."
            );
        }
        if (text != $"{first:00}{text[at]}{second:00}{text[at]}{third:00}")
        {
            field.Warn(RecordingWarningKind.DateDigits, $"'{text}' has not two digits each; read all the same.");
        }
        return (first, second, third);
    }

    /// <summary>One digit or two, perhaps behind a space.</summary>
    private static int? Number(string text) =>
        text.Trim() is { Length: 1 or 2 } digits
        && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value)
            ? value
            : null;
}
