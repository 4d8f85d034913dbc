using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

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
        return FilterParser.Parse(filter) is { } expression ? Read(expression, datasets) : _ => true;
    }

    private static Func<RecordChange, bool> Read(FilterExpression expression, IReadOnlyList<DatasetPair> datasets)
    {
        switch (expression)
        {
            case FilterAnd and:
                var all = and.Terms.Select(term => Read(term, datasets)).ToList();
                return change => all.TrueForAll(term => term(change));
            case FilterOr or:
                var any = or.Terms.Select(term => Read(term, datasets)).ToList();
                return change => any.Exists(term => term(change));
            case FilterNot not:
                var inner = Read(not.Term, datasets);
                return change => !inner(change);
            default:
                return Read((FilterComparison)expression, datasets);
        }
    }

    private static Func<RecordChange, bool> Read(FilterComparison comparison, IReadOnlyList<DatasetPair> datasets)
    {
        switch (comparison.Field.Name)
        {
            case "side":
                var isOfSide = DiffSides.Read(comparison);
                return change => isOfSide(change.Side);
            case "key":
                CheckKey(comparison);
                return change => MatchesKey(comparison, change.RecordId);
            case var column when datasets.Count > 0 && !datasets.Any(dataset => Has(dataset, column)):
                var known = datasets.SelectMany(dataset => dataset.Columns.All).Select(pair => pair.Name).Distinct();
                throw FilterError.UnknownField(comparison.Field, $"side, key, {string.Join(", ", known.Take(20))}");
            default:
                return ReadColumn(comparison, datasets);
        }
    }

    private static Func<RecordChange, bool> ReadColumn(FilterComparison comparison, IReadOnlyList<DatasetPair> datasets)
    {
        var filters = new Dictionary<DatasetDefinition, Func<RecordCells, bool>>(ReferenceEqualityComparer.Instance);
        foreach (var dataset in datasets)
        {
            var isInTo = false;
            if (dataset.To?.Definition is { } to && RecordFilter.Fits(comparison, to))
            {
                filters[to] = RecordFilter.Read(comparison, to);
                isInTo = true;
            }

            if (dataset.From?.Definition is { } from && RecordFilter.Fits(comparison, from))
            {
                filters.TryAdd(from, isInTo ? ReadFormer(comparison, from) : RecordFilter.Read(comparison, from));
            }
        }

        return change =>
        {
            // A dataset without the column has no value in it.
            var cells = (change.To ?? change.From)!.Value;
            return filters.TryGetValue(cells.Definition, out var filter) && filter(cells);
        };
    }

    /// <summary>
    /// A comparison that the new side's column has, against the old side's: what its type does not have, nothing in it
    /// is equal to.
    /// </summary>
    private static Func<RecordCells, bool> ReadFormer(FilterComparison comparison, DatasetDefinition from)
    {
        try
        {
            return RecordFilter.Read(comparison, from);
        }
        catch (DendriteException refused) when (refused.Reason == ErrorReason.InvalidFilter)
        {
            return _ => comparison.Operator == FilterOperator.NotEqual;
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
