using System.Text.RegularExpressions;

namespace Dendrite.Checks.Quality;

/// <summary>Tells queries that may ask for the time from those whose answer follows from the data alone.</summary>
internal static partial class TimedSql
{
    /// <summary>
    /// Whether any word of a query is one that PostgreSQL answers by the clock: functions, and literals such as
    /// <c>'today'</c>. One that bears such a word by chance is taken for one that asks.
    /// </summary>
    public static bool MayAskForTime(string sql) => Clock.IsMatch(sql);

    /// <summary>Names and texts with escapes can spell anything.</summary>
    [GeneratedRegex(
        """
            \b(now|today|tomorrow|yesterday|current_(date|time|timestamp)|(statement|transaction)_timestamp
                |localtime|localtimestamp)\b
            |\bage"?\s*\(|\bu&['"]|\be'[^']*\\
            """,
        RegexOptions.IgnoreCase
            | RegexOptions.CultureInvariant
            | RegexOptions.ExplicitCapture
            | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 10_000
    )]
    private static partial Regex Clock { get; }
}
