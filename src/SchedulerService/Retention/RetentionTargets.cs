using Dendrite.Contracts.Filters;
using Dendrite.Errors;

namespace Dendrite.SchedulerService.Retention;

/// <summary>
/// Refuses filters that ask for what retention never takes: whoever writes one expects it to be taken.
/// </summary>
internal static class RetentionTargets
{
    /// <exception cref="DendriteException">INVALID_ARGUMENT, INVALID_FILTER.</exception>
    public static string Check(string filter, string field)
    {
        if (FilterParser.Parse(filter, field) is { } expression && Find(expression, isNegated: false) is { } problem)
            throw DendriteException.Invalid(field, problem);
        return filter;
    }

    private static string? Find(FilterExpression expression, bool isNegated) =>
        expression switch
        {
            FilterAnd and => First(and.Terms, isNegated),
            FilterOr or => First(or.Terms, isNegated),
            FilterNot not => Find(not.Term, !isNegated),
            FilterComparison comparison => Find(comparison, isNegated),
            _ => null,
        };

    private static string? First(IEnumerable<FilterExpression> terms, bool isNegated) =>
        terms.Select(term => Find(term, isNegated)).FirstOrDefault(problem => problem is not null);

    private static string? Find(FilterComparison comparison, bool isNegated)
    {
        var isEqual = comparison.Operator is FilterOperator.Equal or FilterOperator.Has;
        if (comparison.Value.EndsWithStar || !(isEqual || comparison.Operator is FilterOperator.NotEqual))
            return null;
        return (comparison.Field.Name, Asks(comparison, isEqual != isNegated)) switch
        {
            ("branch_id", "main") or ("kind", "MAIN") => "asks for main, which is never taken; leave it out",
            ("protected", "true") => "asks for protected branches, which are never taken; leave it out",
            ("state", "DELETED") => "asks for deleted branches, which go by the purge_after that they were deleted "
                + "with; leave it out",
            _ => null,
        };
    }

    /// <summary>The value that is asked for; null where what is asked for is everything else.</summary>
    private static string? Asks(FilterComparison comparison, bool isAsked)
    {
        var text = comparison.Value.Text;
        return (comparison.Field.Name, isAsked) switch
        {
            ("protected", false) => text == "false" ? "true" : null,
            ("branch_id", true) => text[(text.LastIndexOf('/') + 1)..],
            ("kind" or "state", true) => text.ToUpperInvariant(),
            (_, true) => text,
            _ => null,
        };
    }
}
