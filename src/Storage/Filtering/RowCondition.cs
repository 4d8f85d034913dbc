namespace Dendrite.Storage.Filtering;

/// <summary>How a field is compared with a value.</summary>
public enum RowComparison
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// <summary>
/// Which rows of a list are wanted. A field without a value compares as false, and NOT turns that round.
/// </summary>
public abstract record RowCondition
{
    private RowCondition() { }

    /// <summary>Where all hold; without any: every row.</summary>
    public static RowCondition All(params IReadOnlyList<RowCondition> terms) => new Joined(" AND ", "true", terms);

    /// <summary>Where any holds; without any: no row.</summary>
    public static RowCondition Any(params IReadOnlyList<RowCondition> terms) => new Joined(" OR ", "false", terms);

    public static RowCondition Not(RowCondition term) => new Negated(term);

    /// <param name="value">A text, a number, a bool or an instant, as the field has.</param>
    public static RowCondition Compare(RowField field, RowComparison comparison, object value) =>
        new Compared(field, comparison, value);

    /// <summary>Where a text begins so.</summary>
    public static RowCondition StartsWith(RowField field, string prefix) => new Prefixed(field, prefix);

    /// <summary>Where the field has a value.</summary>
    public static RowCondition IsSet(RowField field) => new Set(field);

    internal sealed record Joined(string Joint, string OfNone, IReadOnlyList<RowCondition> Terms) : RowCondition;

    internal sealed record Negated(RowCondition Term) : RowCondition;

    internal sealed record Compared(RowField Field, RowComparison Comparison, object Value) : RowCondition;

    internal sealed record Prefixed(RowField Field, string Prefix) : RowCondition;

    internal sealed record Set(RowField Field) : RowCondition;
}
