using System.Globalization;
using System.Text.RegularExpressions;

namespace Dendrite.Signals.Formats.OpenBci;

/// <summary>
/// How a file writes its rows. Computers set to a language with decimal commas wrote these too: then fields are told
/// apart where something else separates them, a semicolon, a tab or a comma with a space.
/// </summary>
/// <param name="Separator">Between fields.</param>
/// <param name="DecimalComma">Whether decimals stand after a comma.</param>
internal sealed partial record OpenBciRowFormat(string Separator, bool DecimalComma)
{
    /// <param name="row">The first row.</param>
    public static OpenBciRowFormat Of(string row)
    {
        foreach (string separator in new[] { ";", "\t" })
        {
            if (row.Contains(separator, StringComparison.Ordinal))
            {
                return new(separator, row.Contains(',', StringComparison.Ordinal));
            }
        }
        string[] spaced = row.Trim().TrimEnd(',').Split(", ");
        bool decimalComma =
            spaced.Length > 2
            && spaced.All(field => WithComma().IsMatch(field))
            && spaced.Any(field => field.Contains(','));
        return decimalComma ? new(", ", true) : new(",", false);
    }

    /// <summary>A separator at the end of a row separates nothing.</summary>
    public string[] Split(string row)
    {
        string whole = row.Trim();
        string mark = Separator.Trim(' ');
        whole = mark.Length > 0 && whole.EndsWith(mark, StringComparison.Ordinal) ? whole[..^mark.Length] : whole;
        return [.. whole.Split(Separator).Select(field => field.Trim())];
    }

    public bool TryParse(string field, out double value) =>
        double.TryParse(
            DecimalComma ? field.Replace(',', '.') : field,
            NumberStyles.Float,
            CultureInfo.InvariantCulture,
            out value
        );

    /// <summary>Old files count milliseconds since 1970, new ones seconds with decimals.</summary>
    public static bool IsMilliseconds(string timestamp) =>
        double.TryParse(timestamp, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 1e11;

    /// <summary>A whole number, one with a decimal comma, or a time of day.</summary>
    [GeneratedRegex(
        @"^\s*(-?\d+(,\d+)?|[\d-]* ?\d+:\d+:[\d.,]+)\s*$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex WithComma();
}
