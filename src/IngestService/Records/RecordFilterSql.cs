using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Filters;
using Dendrite.Errors;
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
            _ => Write(ColumnComparison.Read((FilterComparison)expression, definition)),
        };

    private string Write(ColumnComparison comparison) =>
        comparison switch
        {
            ColumnComparison.Presence presence =>
                $"({sql.Column(presence.Column)} IS {(presence.IsNull ? "" : "NOT ")}NULL)",
            ColumnComparison.Prefix prefix => Prefix(prefix),
            ColumnComparison.Compared compared => Compared(compared),
            _ => throw new InvalidOperationException($"{comparison.GetType().Name} is not written yet."),
        };

    private string Prefix(ColumnComparison.Prefix prefix)
    {
        var text = sql.Parameter(NpgsqlDbType.Text, prefix.Text);
        var condition = $"(starts_with({sql.Column(prefix.Column)}, {text}) IS TRUE)";
        return prefix.IsNegated ? $"(NOT {condition})" : condition;
    }

    private string Compared(ColumnComparison.Compared compared)
    {
        var (left, right) = (sql.Column(compared.Column), sql.Value(compared.Value));
        var symbol = compared.Operator == FilterOperator.Has ? "=" : compared.Operator.Symbol();
        return compared.Operator == FilterOperator.NotEqual
            ? $"({left} IS DISTINCT FROM {right})"
            : $"(({left} {symbol} {right}) IS TRUE)";
    }
}
