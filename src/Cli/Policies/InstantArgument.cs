using System.CommandLine.Parsing;
using System.Globalization;

namespace Dendrite.Cli.Policies;

/// <summary>Parses <c>2026-12-01T02:00:00Z</c>, or a day; without a zone it is UTC.</summary>
internal static class InstantArgument
{
    public static DateTimeOffset? Parse(ArgumentResult result)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var text = result.Tokens[0].Value;
        if (DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var instant))
            return instant;
        result.AddError($"'{text}' is not an instant such as 2026-12-01T02:00:00Z.");
        return null;
    }
}
