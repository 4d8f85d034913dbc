using Dendrite.Contracts.Filters;
using Dendrite.Storage.Filtering;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>
/// From a filter to a condition on rows. Each list says which fields it knows, and of what sort they are.
/// </summary>
public static class FilterMapping
{
    private const string LabelPrefix = "labels";

    private static readonly Dictionary<string, bool> Truth = new() { ["true"] = true, ["false"] = false };

    /// <summary>Maps every comparison by <paramref name="map"/>; an empty filter leaves nothing out.</summary>
    public static RowCondition Map(string filter, Func<FilterComparison, RowCondition> map) =>
        FilterParser.Parse(filter) is { } expression ? Map(expression, map) : RowCondition.All();

    /// <summary>Whether any comparison of the filter is such a one.</summary>
    public static bool Mentions(string filter, Predicate<FilterComparison> wanted) =>
        FilterParser.Parse(filter) is { } expression && Mentions(expression, wanted);

    /// <summary>A text: = and != with a value or a prefix, or whether it is set.</summary>
    public static RowCondition Text(FilterComparison comparison, RowField field)
    {
        var value = comparison.Value;
        if (value.IsAny && comparison.Operator is FilterOperator.Has or FilterOperator.Equal)
        {
            return RowCondition.IsSet(field);
        }

        var condition = value.EndsWithStar
            ? RowCondition.StartsWith(field, value.Text)
            : RowCondition.Compare(field, RowComparison.Equal, value.Text);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => condition,
            FilterOperator.NotEqual => RowCondition.Not(condition),
            _ => throw FilterError.BadOperator(comparison, "=, != or :"),
        };
    }

    /// <summary>A name that is given as an id or as a whole resource name.</summary>
    /// <param name="collection">What stands before the id, such as <c>projects/lab/branches/</c>.</param>
    public static RowCondition Name(FilterComparison comparison, RowField field, string collection) =>
        Text(ById(comparison, collection), field);

    /// <summary>As <see cref="Name"/>, and before or after an id in the order of ids.</summary>
    public static RowCondition OrderedName(FilterComparison comparison, RowField field, string collection) =>
        comparison.Operator
            is FilterOperator.Less
                or FilterOperator.LessOrEqual
                or FilterOperator.Greater
                or FilterOperator.GreaterOrEqual
            ? Ordered(ById(comparison, collection), field, value => value.ToText())
            : Name(comparison, field, collection);

    /// <summary>One of a few names: = and !=.</summary>
    /// <param name="names">Each name of the contract with what is stored.</param>
    public static RowCondition OneOf<T>(
        FilterComparison comparison,
        RowField field,
        IReadOnlyDictionary<string, T> names
    )
        where T : notnull
    {
        var value = comparison.Value.ToOneOf(names);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => RowCondition.Compare(field, RowComparison.Equal, value),
            FilterOperator.NotEqual => RowCondition.Compare(field, RowComparison.NotEqual, value),
            _ => throw FilterError.BadOperator(comparison, "= or !="),
        };
    }

    public static RowCondition Boolean(FilterComparison comparison, RowField field) => OneOf(comparison, field, Truth);

    public static RowCondition Number(FilterComparison comparison, RowField field) =>
        Ordered(comparison, field, value => value.ToInt64());

    /// <summary>An instant: any comparison, or whether it is set.</summary>
    public static RowCondition Instant(FilterComparison comparison, RowField field) =>
        comparison is { Operator: FilterOperator.Has, Value.IsAny: true }
            ? RowCondition.IsSet(field)
            : Ordered(comparison, field, value => value.ToInstant());

    /// <summary><c>labels.KEY</c> compared as a text, or <c>labels:KEY</c> for whether there is such a label.</summary>
    /// <returns>Null where the comparison is of something else.</returns>
    public static RowCondition? Label(FilterComparison comparison, Func<string, RowField> field) =>
        comparison.Field.Path switch
        {
            [LabelPrefix, var key] => Text(comparison, field(key)),
            [LabelPrefix] when comparison.Operator == FilterOperator.Has => RowCondition.IsSet(
                field(comparison.Value.ToText())
            ),
            _ => null,
        };

    private static FilterComparison ById(FilterComparison comparison, string collection)
    {
        var value = comparison.Value;
        return value.Text.StartsWith(collection, StringComparison.Ordinal)
            ? comparison with
            {
                Value = value with { Text = value.Text[collection.Length..] },
            }
            : comparison;
    }

    private static RowCondition Ordered(FilterComparison comparison, RowField field, Func<FilterValue, object> read)
    {
        var sort = comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => RowComparison.Equal,
            FilterOperator.NotEqual => RowComparison.NotEqual,
            FilterOperator.Less => RowComparison.Less,
            FilterOperator.LessOrEqual => RowComparison.LessOrEqual,
            FilterOperator.Greater => RowComparison.Greater,
            _ => RowComparison.GreaterOrEqual,
        };
        return RowCondition.Compare(field, sort, read(comparison.Value));
    }

    private static RowCondition Map(FilterExpression expression, Func<FilterComparison, RowCondition> map) =>
        expression switch
        {
            FilterAnd and => RowCondition.All([.. and.Terms.Select(term => Map(term, map))]),
            FilterOr or => RowCondition.Any([.. or.Terms.Select(term => Map(term, map))]),
            FilterNot not => RowCondition.Not(Map(not.Term, map)),
            _ => map((FilterComparison)expression),
        };

    private static bool Mentions(FilterExpression expression, Predicate<FilterComparison> wanted) =>
        expression switch
        {
            FilterAnd and => and.Terms.Any(term => Mentions(term, wanted)),
            FilterOr or => or.Terms.Any(term => Mentions(term, wanted)),
            FilterNot not => Mentions(not.Term, wanted),
            _ => wanted((FilterComparison)expression),
        };
}
