using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using NpgsqlTypes;

namespace Dendrite.IngestService.Records;

/// <summary>
/// Writes a filter over columns as SQL. A column without a value compares as false, and NOT turns that round, as in
/// every other list.
/// </summary>
internal sealed class RecordFilterSql(DatasetDefinition definition, DocumentSql sql)
{
    /// <exception cref="DendriteException">INVALID_FILTER: an unknown column, operator or value.</exception>
    public string Write(FilterExpression expression) =>
        expression switch
        {
            FilterAnd and => $"({string.Join(" AND ", and.Terms.Select(Write))})",
            FilterOr or => $"({string.Join(" OR ", or.Terms.Select(Write))})",
            FilterNot not => $"(NOT {Write(not.Term)})",
            _ => Write((FilterComparison)expression),
        };

    private string Write(FilterComparison comparison)
    {
        var column = comparison.Field.Path is [var name] ? definition.Find(name) : null;
        if (column is null)
        {
            var known = string.Join(", ", definition.Columns.Take(20).Select(one => one.Name));
            throw FilterError.UnknownField(comparison.Field, known);
        }

        var value = comparison.Value;
        if (value.IsNull || value.IsAny)
        {
            return Presence(comparison, column);
        }

        if (!DocumentSql.HasText(column))
        {
            throw FilterError.BadOperator(comparison, ": with * (whether it is set), or = null");
        }

        return value.EndsWithStar ? Prefix(comparison, column) : Comparison(comparison, column);
    }

    private string Presence(FilterComparison comparison, ColumnDefinition column)
    {
        // `= null` asks for nothing, `= *` and `: *` for anything.
        var isNull = comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => comparison.Value.IsNull,
            FilterOperator.NotEqual => !comparison.Value.IsNull,
            _ => throw FilterError.BadOperator(comparison, "=, != or : when it is null or *"),
        };
        return $"({sql.Column(column)} IS {(isNull ? "" : "NOT ")}NULL)";
    }

    private string Prefix(FilterComparison comparison, ColumnDefinition column)
    {
        if (!column.Type.IsText())
        {
            comparison.Value.ToText();
        }

        var prefix = sql.Parameter(NpgsqlDbType.Text, comparison.Value.Text);
        var condition = $"(starts_with({sql.Column(column)}, {prefix}) IS TRUE)";
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => condition,
            FilterOperator.NotEqual => $"(NOT {condition})",
            _ => throw FilterError.BadOperator(comparison, "=, != or : when a prefix is asked for"),
        };
    }

    private string Comparison(FilterComparison comparison, ColumnDefinition column)
    {
        // Digits that a column does not have make no record equal and are no mistake: 5.001 compares with 5.00.
        var result = CellParser.Parse(column.Type, null, CellInput.OfField(comparison.Value.ToText()));
        if (result.Value is not { } value)
        {
            throw comparison.Value.Refuse(result.Problem!);
        }

        var (left, right) = (sql.Column(column), sql.Value(value));
        var symbol = comparison.Operator == FilterOperator.Has ? "=" : comparison.Operator.Symbol();
        return comparison.Operator == FilterOperator.NotEqual
            ? $"({left} IS DISTINCT FROM {right})"
            : $"(({left} {symbol} {right}) IS TRUE)";
    }
}
