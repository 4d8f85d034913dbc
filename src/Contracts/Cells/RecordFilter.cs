using Dendrite.Contracts.Filters;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.Contracts.Cells;

/// <summary>
/// A filter over the columns of a record, in memory. It finds what the same filter finds in the database.
/// </summary>
public static class RecordFilter
{
    /// <summary>Whether the dataset has every column that the filter speaks of.</summary>
    public static bool Fits(FilterExpression? filter, DatasetDefinition definition) =>
        filter switch
        {
            null => true,
            FilterAnd and => and.Terms.All(term => Fits(term, definition)),
            FilterOr or => or.Terms.All(term => Fits(term, definition)),
            FilterNot not => Fits(not.Term, definition),
            _ => ColumnComparison.Find(((FilterComparison)filter).Field, definition) is not null,
        };

    /// <summary>
    /// Reads a filter against the columns of a dataset, once for all of its records; null leaves nothing out.
    /// </summary>
    /// <returns>For records that were read by this definition.</returns>
    /// <exception cref="DendriteException">
    /// INVALID_FILTER: an unknown column, or an operator or value that it does not have.
    /// </exception>
    public static Func<RecordCells, bool> Read(FilterExpression? filter, DatasetDefinition definition)
    {
        switch (filter)
        {
            case null:
                return _ => true;
            case FilterAnd and:
                var all = and.Terms.Select(term => Read(term, definition)).ToList();
                return cells => all.TrueForAll(term => term(cells));
            case FilterOr or:
                var any = or.Terms.Select(term => Read(term, definition)).ToList();
                return cells => any.Exists(term => term(cells));
            case FilterNot not:
                var inner = Read(not.Term, definition);
                return cells => !inner(cells);
            default:
                var comparison = ColumnComparison.Read((FilterComparison)filter, definition);
                return cells => Holds(comparison, cells);
        }
    }

    private static bool Holds(ColumnComparison comparison, RecordCells cells)
    {
        var value = cells[comparison.Column.Number];
        return comparison switch
        {
            ColumnComparison.Presence presence => presence.IsNull == value is null,
            ColumnComparison.Prefix prefix => prefix.IsNegated
                != (value is { } text && text.AsText().StartsWith(prefix.Text, StringComparison.Ordinal)),
            ColumnComparison.Compared { Operator: FilterOperator.NotEqual } compared => value != compared.Value,
            ColumnComparison.Compared compared => value is { } present
                && Holds(compared.Operator, present.CompareTo(compared.Value)),
            _ => throw new InvalidOperationException($"{comparison.GetType().Name} is not compared yet."),
        };
    }

    private static bool Holds(FilterOperator comparison, int order) =>
        comparison switch
        {
            FilterOperator.Equal or FilterOperator.Has => order == 0,
            FilterOperator.Less => order < 0,
            FilterOperator.LessOrEqual => order <= 0,
            FilterOperator.Greater => order > 0,
            _ => order >= 0,
        };
}
