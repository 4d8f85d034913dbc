using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Output;

/// <summary>Names, times and labels as people read them.</summary>
internal static class Shown
{
    /// <summary>The last part of a resource name.</summary>
    public static string Id(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary>In UTC, to the second; empty for none.</summary>
    public static string Time(Timestamp? time) => time is null ? "" : $"{time.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss}Z";

    /// <summary><c>night=2, site=berlin</c>, by key.</summary>
    public static string Pairs(IEnumerable<KeyValuePair<string, string>> pairs) =>
        string.Join(
            ", ",
            pairs.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}")
        );

    /// <summary>The beginning of a text on one line.</summary>
    public static string Brief(string text, int length)
    {
        var line = text.Split('\n')[0].TrimEnd('\r');
        return line.Length <= length && line.Length == text.Length
            ? line
            : $"{line[..Math.Min(line.Length, length - 1)]}…";
    }
}
