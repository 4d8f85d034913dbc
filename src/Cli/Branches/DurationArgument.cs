using System.CommandLine.Parsing;
using System.Globalization;

namespace Dendrite.Cli.Branches;

/// <summary>Parses <c>90s</c>, <c>30m</c>, <c>12h</c>, <c>7d</c>.</summary>
internal static class DurationArgument
{
    public static TimeSpan? Parse(ArgumentResult result) => Parse(result, mayBeZero: false);

    /// <summary>Also <c>0s</c>.</summary>
    public static TimeSpan? ParseOrZero(ArgumentResult result) => Parse(result, mayBeZero: true);

    private static TimeSpan? Parse(ArgumentResult result, bool mayBeZero)
    {
        string text = result.Tokens[0].Value;
        bool isNumber = double.TryParse(
            text.AsSpan(0, Math.Max(0, text.Length - 1)),
            NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture,
            out double number
        );
        double size = text.Length > 0 ? SecondsOf(text[^1]) : 0;
        double seconds = number * size;
        if (isNumber && size > 0 && seconds < 1e10 && (seconds > 0 || mayBeZero))
        {
            return TimeSpan.FromSeconds(seconds);
        }
        result.AddError(
            isNumber && seconds == 0 && size > 0
                ? $"{result.Argument.Name} '{text}' is no time at all; give one such as 90s, 30m, 12h or 7d."
                : $"'{text}' is not a time such as 90s, 30m, 12h or 7d."
        );
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
