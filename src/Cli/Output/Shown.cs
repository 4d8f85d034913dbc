using System.Globalization;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Output;

/// <summary>Names, times and labels as people read them.</summary>
internal static class Shown
{
    /// <summary>The last part of a resource name.</summary>
    public static string Id(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>In UTC, to the second; empty for none.</summary>
    public static string Time(Timestamp? time) => time is null ? "" : $"{time.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss}Z";

    /// <summary>In UTC, to the second; <c>never</c> for none.</summary>
    public static string TimeOrNever(Timestamp? time) => time is null ? "never" : Time(time);

    /// <summary>A length of time by its two largest units: <c>6 h</c>, <c>10 min</c>, <c>1 d 12 h</c>.</summary>
    public static string Span(Duration span)
    {
        const int Parts = 2;
        var left = span.ToTimeSpan();
        if (left < TimeSpan.FromMinutes(1))
            return string.Create(CultureInfo.InvariantCulture, $"{left.TotalSeconds:0.###} s");
        (int Count, string Unit)[] parts =
        [
            (left.Days, "d"),
            (left.Hours, "h"),
            (left.Minutes, "min"),
            (left.Seconds, "s"),
        ];
        return string.Join(
            ' ',
            parts.Where(part => part.Count > 0).Take(Parts).Select(part => $"{part.Count} {part.Unit}")
        );
    }

    /// <summary>A value of the contract in words: <c>RebuildIndex</c> as <c>rebuild index</c>.</summary>
    public static string Words(System.Enum value) =>
        string.Concat(
                value.ToString().Select((letter, i) => i > 0 && char.IsUpper(letter) ? $" {letter}" : $"{letter}")
            )
            .ToLowerInvariant();

    /// <summary><c>  TITLE</c> behind what it is the title of; empty where there is none.</summary>
    public static string TitleAfter(string title) => title.Length > 0 ? $"  {title}" : "";

    /// <summary><c>night=2, site=berlin</c>, by key.</summary>
    public static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join(
            ", ",
            pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")
        );

    /// <summary>Texts of others may hold line breaks, and escapes that a terminal would obey.</summary>
    public static string OnOneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    /// <summary>The beginning of a text on one line.</summary>
    public static string Brief(string text, int length)
    {
        var line = text.Split('\n')[0].TrimEnd('\r');
        return line.Length <= length && line.Length == text.Length
            ? line
            : $"{line[..Math.Min(line.Length, length - 1)]}…";
    }
}
