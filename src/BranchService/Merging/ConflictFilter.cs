using Dendrite.Contracts.Filters;

namespace Dendrite.BranchService.Merging;

/// <summary>Filters of conflicts: <c>kind</c>, <c>dataset_id</c>, <c>stream_id</c>, <c>decided</c>.</summary>
internal static class ConflictFilter
{
    private static readonly Dictionary<string, V1.ConflictKind> Kinds = new(StringComparer.Ordinal)
    {
        ["CELL"] = V1.ConflictKind.Cell,
        ["BOTH_ADDED"] = V1.ConflictKind.BothAdded,
        ["CHANGED_AND_DELETED"] = V1.ConflictKind.ChangedAndDeleted,
        ["DELETED_AND_CHANGED"] = V1.ConflictKind.DeletedAndChanged,
        ["UNIQUENESS"] = V1.ConflictKind.Uniqueness,
        ["REFERENCE"] = V1.ConflictKind.Reference,
        ["SCHEMA"] = V1.ConflictKind.Schema,
        ["SAMPLES"] = V1.ConflictKind.Samples,
    };

    private static readonly Dictionary<string, bool> Truth = new(StringComparer.Ordinal)
    {
        ["true"] = true,
        ["false"] = false,
    };

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static Func<PlannedConflict, bool> Read(string filter)
    {
        return FilterParser.Parse(filter) is { } expression ? Read(expression) : _ => true;
    }

    private static Func<PlannedConflict, bool> Read(FilterExpression expression)
    {
        switch (expression)
        {
            case FilterAnd and:
                var all = and.Terms.Select(Read).ToList();
                return conflict => all.TrueForAll(term => term(conflict));
            case FilterOr or:
                var any = or.Terms.Select(Read).ToList();
                return conflict => any.Exists(term => term(conflict));
            case FilterNot not:
                var negated = Read(not.Term);
                return conflict => !negated(conflict);
            default:
                return ReadNegatable((FilterComparison)expression);
        }
    }

    private static Func<PlannedConflict, bool> ReadNegatable(FilterComparison comparison)
    {
        var equal = Read(comparison);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => equal,
            FilterOperator.NotEqual => conflict => !equal(conflict),
            _ => throw FilterError.BadOperator(comparison, "=, != or :"),
        };
    }

    private static Func<PlannedConflict, bool> Read(FilterComparison comparison)
    {
        var text = comparison.Value.Text;
        switch (comparison.Field.ToString())
        {
            case "kind":
                var kind = comparison.Value.ToOneOf(Kinds);
                return conflict => conflict.Contract.Kind == kind;
            case "decided":
                var decided = comparison.Value.ToOneOf(Truth);
                return conflict => !conflict.IsUndecided == decided;
            case "dataset_id":
                return conflict => (conflict.Contract.Record?.DatasetId ?? conflict.Contract.Schema?.DatasetId) == text;
            case "stream_id":
                return conflict => conflict.Contract.Samples?.StreamId == text;
            default:
                throw FilterError.UnknownField(comparison.Field, "kind, dataset_id, stream_id, decided");
        }
    }
}
