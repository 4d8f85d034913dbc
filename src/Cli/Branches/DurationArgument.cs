using System.CommandLine.Parsing;
using System.Globalization;

namespace Dendrite.Cli.Branches;

/// <summary>Parses <c>90s</c>, <c>30m</c>, <c>12h</c>, <c>7d</c>.</summary>
internal static class DurationArgument
{
    public static TimeSpan? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        bool isNumber = double.TryParse(
            text.AsSpan(0, Math.Max(0, text.Length - 1)),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out double number
        );
        double seconds = isNumber ? number * SecondsOf(text[^1]) : 0;
        if (seconds is > 0 and < 1e10)
        {
            return TimeSpan.FromSeconds(seconds);
        }
        result.AddError($"'{text}' is not a time such as 90s, 30m, 12h or 7d.");
        return null;
    }

    private static double SecondsOf(char unit) =>
        unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86400,
            _ => 0,
        };
}
