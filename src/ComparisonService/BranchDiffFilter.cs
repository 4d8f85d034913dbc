using Dendrite.ComparisonService.Records;
using Dendrite.Contracts.Filters;

namespace Dendrite.ComparisonService;

/// <summary>Filters of the items: <c>stream_id</c>, <c>dataset_id</c>, <c>side</c>.</summary>
public static class BranchDiffFilter
{
    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static Func<BranchDiffItem, bool> Read(string filter) =>
        FilterParser.Parse(filter) is { } expression ? Read(expression) : _ => true;

    private static Func<BranchDiffItem, bool> Read(FilterExpression expression)
    {
        switch (expression)
        {
            case FilterAnd and:
                var all = and.Terms.Select(Read).ToList();
                return item => all.TrueForAll(term => term(item));
            case FilterOr or:
                var any = or.Terms.Select(Read).ToList();
                return item => any.Exists(term => term(item));
            case FilterNot not:
                var negated = Read(not.Term);
                return item => !negated(item);
            default:
                return Read((FilterComparison)expression);
        }
    }

    private static Func<BranchDiffItem, bool> Read(FilterComparison comparison)
    {
        switch (comparison.Field.Name)
        {
            case "side":
                var side = DiffSides.Read(comparison);
                return item => side(item.Side);
            case "stream_id":
                return Read(comparison, item => item.Stream?.Name);
            case "dataset_id":
                return Read(comparison, item => item.Dataset?.Pair.Name);
            default:
                throw FilterError.UnknownField(comparison.Field, "stream_id, dataset_id, side");
        }
    }

    /// <remarks>An item without the field is none of what is asked for, nor of what is left out.</remarks>
    private static Func<BranchDiffItem, bool> Read(FilterComparison comparison, Func<BranchDiffItem, string?> field)
    {
        var (text, isPrefix) = (comparison.Value.Text, comparison.Value.EndsWithStar);
        bool IsIt(string id) => isPrefix ? id.StartsWith(text, StringComparison.Ordinal) : id == text;
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => item => field(item) is { } id && IsIt(id),
            FilterOperator.NotEqual => item => field(item) is { } id && !IsIt(id),
            _ => throw FilterError.BadOperator(comparison, "=, != or :"),
        };
    }
}
