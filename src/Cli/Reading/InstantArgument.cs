using System.CommandLine.Parsing;
using System.Globalization;

namespace Dendrite.Cli.Reading;

/// <summary>Parses an instant, such as <c>2026-11-21T08:30:00Z</c> or <c>2026-11-21</c>; UTC unless it says.</summary>
internal static class InstantArgument
{
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    public static DateTimeOffset? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant))
            return instant;
        result.AddError($"'{text}' is no instant such as 2026-11-21T08:30:00Z.");
        return null;
    }
}
