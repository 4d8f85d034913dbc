using Dendrite.Contracts.Filters;

namespace Dendrite.IngestService.Datasets;

/// <summary>What datasets are listed by: <c>dataset_id</c>, <c>labels.KEY</c> and <c>create_time</c>.</summary>
internal static class DatasetFilter
{
    /// <summary>Null for an empty filter, which leaves nothing out.</summary>
    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static Func<Dataset, bool>? Read(string filter) =>
        FilterParser.Parse(filter) is { } expression ? Compile(expression) : null;

    private static Func<Dataset, bool> Compile(FilterExpression expression)
    {
        switch (expression)
        {
            case FilterAnd and:
                var all = and.Terms.Select(Compile).ToList();
                return dataset => all.TrueForAll(term => term(dataset));
            case FilterOr or:
                var any = or.Terms.Select(Compile).ToList();
                return dataset => any.Exists(term => term(dataset));
            case FilterNot not:
                var inner = Compile(not.Term);
                return dataset => !inner(dataset);
            default:
                return Compile((FilterComparison)expression);
        }
    }

    private static Func<Dataset, bool> Compile(FilterComparison comparison)
    {
        switch (comparison.Field.Path)
        {
            case ["dataset_id"]:
                return Text(comparison, dataset => dataset.Name);
            case ["labels", var key]:
                return Text(comparison, dataset => dataset.Definition.Labels.GetValueOrDefault(key));
            case ["labels"] when comparison.Operator == FilterOperator.Has:
                var wanted = comparison.Value.ToText();
                return dataset => dataset.Definition.Labels.ContainsKey(wanted);
            case ["create_time"]:
                return Instant(comparison);
            default:
                throw FilterError.UnknownField(comparison.Field, "dataset_id, labels.KEY and create_time");
        }
    }

    private static Func<Dataset, bool> Text(FilterComparison comparison, Func<Dataset, string?> field)
    {
        var value = comparison.Value;
        bool Matches(Dataset dataset) =>
            field(dataset) is { } text
            && (value.EndsWithStar ? text.StartsWith(value.Text, StringComparison.Ordinal) : text == value.Text);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => Matches,
            FilterOperator.NotEqual => dataset => !Matches(dataset),
            _ => throw FilterError.BadOperator(comparison, "=, != or :"),
        };
    }

    private static Func<Dataset, bool> Instant(FilterComparison comparison)
    {
        var instant = comparison.Value.ToInstant();
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => dataset => dataset.Stored.CreateTime == instant,
            FilterOperator.NotEqual => dataset => dataset.Stored.CreateTime != instant,
            FilterOperator.Less => dataset => dataset.Stored.CreateTime < instant,
            FilterOperator.LessOrEqual => dataset => dataset.Stored.CreateTime <= instant,
            FilterOperator.Greater => dataset => dataset.Stored.CreateTime > instant,
            _ => dataset => dataset.Stored.CreateTime >= instant,
        };
    }
}
