using Dendrite.Contracts.Filters;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.Contracts.Cells;

/// <summary>A filter over the columns of a record, in memory.</summary>
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
            _ => definition.Find(((FilterComparison)filter).Field.ToString()) is not null,
        };

    /// <exception cref="DendriteException">INVALID_FILTER: a value is none of the column's type.</exception>
    public static bool Matches(FilterExpression? filter, RecordCells cells) =>
        filter switch
        {
            null => true,
            FilterAnd and => and.Terms.All(term => Matches(term, cells)),
            FilterOr or => or.Terms.Any(term => Matches(term, cells)),
            FilterNot not => !Matches(not.Term, cells),
            _ => Matches((FilterComparison)filter, cells),
        };

    private static bool Matches(FilterComparison comparison, RecordCells cells)
    {
        var column =
            cells.Definition.Find(comparison.Field.ToString())
            ?? throw FilterError.UnknownField(comparison.Field, "the columns of the dataset");
        var value = cells[column.Number];
        if (comparison.Value.IsNull)
        {
            return comparison.Operator == FilterOperator.NotEqual ? value is not null : value is null;
        }

        if (value is not { } present)
        {
            return false;
        }

        if (comparison.Value.EndsWithStar)
        {
            var begins = present.ToText().StartsWith(comparison.Value.Text, StringComparison.Ordinal);
            return comparison.Operator == FilterOperator.NotEqual ? !begins : begins;
        }

        var asked = column.Parse(CellInput.OfField(comparison.Value.Text));
        if (asked.Value is not { } wanted)
        {
            throw comparison.Value.Refuse(asked.Problem ?? "is no value of the column");
        }

        var order = present.CompareTo(wanted);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => order == 0,
            FilterOperator.NotEqual => order != 0,
            FilterOperator.Less => order < 0,
            FilterOperator.LessOrEqual => order <= 0,
            FilterOperator.Greater => order > 0,
            _ => order >= 0,
        };
    }
}
