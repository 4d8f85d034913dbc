using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Filters;
using Dendrite.Errors;

namespace Dendrite.ComparisonService.Records;

/// <summary>
/// Filters of records that differ: <c>side</c>, <c>key</c>, and the columns of their datasets. A column is that of the
/// new side; of a record that was removed, what it was.
/// </summary>
public static class RecordDifferenceFilter
{
    /// <summary>Whether a record is asked for; all are where the filter is empty.</summary>
    /// <param name="filter">As it came.</param>
    /// <param name="datasets">Those that are compared: a column that none of them has is a mistake.</param>
    /// <exception cref="DendriteException">INVALID_FILTER.</exception>
    public static Func<RecordChange, bool> Read(string filter, IReadOnlyList<DatasetPair> datasets)
    {
        var expression = FilterParser.Parse(filter);
        Check(expression, datasets);
        return expression is null ? _ => true : change => Matches(expression, change);
    }

    private static void Check(FilterExpression? expression, IReadOnlyList<DatasetPair> datasets)
    {
        IEnumerable<FilterExpression> terms = expression switch
        {
            FilterAnd and => and.Terms,
            FilterOr or => or.Terms,
            FilterNot not => [not.Term],
            _ => [],
        };
        foreach (var term in terms)
        {
            Check(term, datasets);
        }

        if (expression is not FilterComparison comparison)
        {
            return;
        }

        switch (comparison.Field.Name)
        {
            case "side":
                DiffSides.Read(comparison);
                return;
            case "key":
                CheckKey(comparison);
                return;
            case var column when datasets.Count > 0 && !datasets.Any(dataset => Has(dataset, column)):
                var known = datasets.SelectMany(dataset => dataset.Columns.All).Select(pair => pair.Name).Distinct();
                throw FilterError.UnknownField(comparison.Field, $"side, key, {string.Join(", ", known.Take(20))}");
        }
    }

    private static bool Has(DatasetPair dataset, string column) =>
        dataset.From?.Definition.Find(column) is not null || dataset.To?.Definition.Find(column) is not null;

    private static void CheckKey(FilterComparison comparison)
    {
        var isPrefix = comparison.Value.EndsWithStar;
        var isEquality = comparison.Operator is FilterOperator.Equal or FilterOperator.NotEqual or FilterOperator.Has;
        if (isPrefix && !isEquality)
        {
            throw FilterError.BadOperator(comparison, "=, != or : when a prefix is asked for");
        }
    }

    private static bool Matches(FilterExpression expression, RecordChange change) =>
        expression switch
        {
            FilterAnd and => and.Terms.All(term => Matches(term, change)),
            FilterOr or => or.Terms.Any(term => Matches(term, change)),
            FilterNot not => !Matches(not.Term, change),
            _ => Matches((FilterComparison)expression, change),
        };

    private static bool Matches(FilterComparison comparison, RecordChange change)
    {
        switch (comparison.Field.Name)
        {
            case "side":
                return DiffSides.Read(comparison)(change.Side);
            case "key":
                return MatchesKey(comparison, change.RecordId);
            default:
                // A dataset without the column has no value in it.
                var cells = (change.To ?? change.From)!.Value;
                return RecordFilter.Fits(comparison, cells.Definition) && RecordFilter.Matches(comparison, cells);
        }
    }

    private static bool MatchesKey(FilterComparison comparison, string id)
    {
        var (text, isPrefix) = (comparison.Value.Text, comparison.Value.EndsWithStar);
        var order = string.CompareOrdinal(id, text);
        return comparison.Operator switch
        {
            FilterOperator.NotEqual => isPrefix ? !id.StartsWith(text, StringComparison.Ordinal) : order != 0,
            FilterOperator.Less => order < 0,
            FilterOperator.LessOrEqual => order <= 0,
            FilterOperator.Greater => order > 0,
            FilterOperator.GreaterOrEqual => order >= 0,
            _ => isPrefix ? id.StartsWith(text, StringComparison.Ordinal) : order == 0,
        };
    }
}
