using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>What a column asks of its values.</summary>
public static class CellRules
{
    private const int MaxShownValues = 10;

    /// <summary>
    /// Why the column refuses a value (null: none), to follow the column's name; null where it does not.
    /// </summary>
    public static string? ProblemOf(ColumnDefinition column, CellValue? value)
    {
        if (value is not { } given)
        {
            return column.Required ? "is required and has no value" : null;
        }

        if (column.Minimum is { } low && given < low)
        {
            return $"{Show(given)} is below the minimum {low}";
        }

        if (column.Maximum is { } high && given > high)
        {
            return $"{Show(given)} is above the maximum {high}";
        }

        if (!column.AllowedValues.IsEmpty && !column.AllowedValues.Contains(given))
        {
            return $"{Show(given)} is not one of {Listed(column)}";
        }

        if (column.DecimalDigits is { } digits && given.AsDecimal().Normalize().Scale > digits)
        {
            return $"{Show(given)} has more than {digits} digits after the point";
        }

        return column.Pattern is { } pattern && !pattern.Matches(given.AsText())
            ? $"{Show(given)} does not match the pattern {pattern.Text}"
            : null;
    }

    private static string Show(CellValue value) => CellParser.Show(value.ToText());

    private static string Listed(ColumnDefinition column)
    {
        var shown = string.Join(", ", column.AllowedValues.Take(MaxShownValues).Select(value => value.ToText()));
        return column.AllowedValues.Length <= MaxShownValues
            ? shown
            : $"{shown} and {column.AllowedValues.Length - MaxShownValues} more";
    }
}
