using Dendrite.Contracts.Filters;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Contracts.Cells;

/// <summary>
/// A comparison of a filter, read against the column that it speaks of: one reading for filters that the database
/// applies and for those that are applied in memory.
/// </summary>
public abstract record ColumnComparison(ColumnDefinition Column)
{
    private const int MaxShownColumns = 20;

    /// <summary>Whether the column has a value.</summary>
    /// <param name="IsNull">Whether it is to have none.</param>
    public sealed record Presence(ColumnDefinition Column, bool IsNull) : ColumnComparison(Column);

    /// <summary>Whether a text begins with another.</summary>
    /// <param name="IsNegated">Whether it is not to, which also holds where there is no value.</param>
    public sealed record Prefix(ColumnDefinition Column, string Text, bool IsNegated) : ColumnComparison(Column);

    /// <summary>How a value compares. No value is not equal to any, and nothing else.</summary>
    public sealed record Compared(ColumnDefinition Column, FilterOperator Operator, CellValue Value)
        : ColumnComparison(Column);

    /// <exception cref="DendriteException">
    /// INVALID_FILTER: an unknown column, or an operator or value that it does not have.
    /// </exception>
    public static ColumnComparison Read(FilterComparison comparison, DatasetDefinition definition)
    {
        if (Find(comparison.Field, definition) is not { } column)
        {
            var known = string.Join(", ", definition.Columns.Take(MaxShownColumns).Select(one => one.Name));
            throw FilterError.UnknownField(comparison.Field, known);
        }

        var value = comparison.Value;
        if (value.IsNull || value.IsAny)
        {
            return ReadPresence(comparison, column);
        }

        if (!HasText(column))
        {
            throw FilterError.BadOperator(comparison, ": with * (whether it is set), or = null");
        }

        return value.EndsWithStar ? ReadPrefix(comparison, column) : ReadCompared(comparison, column);
    }

    /// <summary>The column that a field names; null where the dataset has none of that name.</summary>
    public static ColumnDefinition? Find(FilterField field, DatasetDefinition definition) =>
        field.Path is [var name] ? definition.Find(name) : null;

    /// <summary>
    /// Whether values of the column can be compared and ordered. Those of JSON cannot, and neither can what was JSON
    /// before it became text: the database does not spell it as readers see it.
    /// </summary>
    public static bool HasText(ColumnDefinition column) =>
        column.Type != CellType.Json && !column.FormerTypes.Contains(CellType.Json);

    private static Presence ReadPresence(FilterComparison comparison, ColumnDefinition column) =>
        // `= null` asks for nothing, `= *` and `: *` for anything.
        comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => new(column, comparison.Value.IsNull),
            FilterOperator.NotEqual => new(column, !comparison.Value.IsNull),
            _ => throw FilterError.BadOperator(comparison, "=, != or : when it is null or *"),
        };

    private static Prefix ReadPrefix(FilterComparison comparison, ColumnDefinition column)
    {
        if (!column.Type.IsText())
        {
            comparison.Value.ToText();
        }

        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => new(column, comparison.Value.Text, false),
            FilterOperator.NotEqual => new(column, comparison.Value.Text, true),
            _ => throw FilterError.BadOperator(comparison, "=, != or : when a prefix is asked for"),
        };
    }

    private static Compared ReadCompared(FilterComparison comparison, ColumnDefinition column)
    {
        // Digits that a column does not have make no record equal and are no mistake: 5.001 compares with 5.00.
        var result = CellParser.Parse(column.Type, null, CellInput.OfField(comparison.Value.ToText()));
        return result.Value is { } value
            ? new(column, comparison.Operator, value)
            : throw Refusal(comparison.Value, result.Problem!);
    }

    /// <param name="problem">Names the value itself.</param>
    private static DendriteException Refusal(FilterValue value, string problem) =>
        new FilterError(FilterErrorKind.BadValue, value.Position, problem).ToException(value.Request);
}
