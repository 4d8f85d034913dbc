using System.Collections.Immutable;

namespace Dendrite.Contracts.Filters;

/// <summary>
/// A parsed filter (AIP-160): comparisons joined by AND, OR and NOT. It says what was asked for and nothing of what may
/// be asked: each user maps fields and values against its own list, to parameters of a query and never to its text.
/// </summary>
/// <remarks>
/// <code>
/// kind = TRIAL AND (labels.site = "berlin" OR -protected = true)
///
/// FilterAnd
///   FilterComparison  kind = TRIAL
///   FilterOr
///     FilterComparison  labels.site = "berlin"
///     FilterNot
///       FilterComparison  protected = true
/// </code>
/// <c>ToString</c> gives a filter that parses to the same expression, with every parenthesis written.
/// </remarks>
/// <param name="Position">Index of its first character in the filter, from 0.</param>
public abstract record FilterExpression(int Position);

/// <summary>All of at least two terms.</summary>
public sealed record FilterAnd(int Position, ImmutableArray<FilterExpression> Terms) : FilterExpression(Position)
{
    public override string ToString() => $"({string.Join(" AND ", Terms)})";
}

/// <summary>Any of at least two terms.</summary>
public sealed record FilterOr(int Position, ImmutableArray<FilterExpression> Terms) : FilterExpression(Position)
{
    public override string ToString() => $"({string.Join(" OR ", Terms)})";
}

/// <summary>Where the term does not hold.</summary>
public sealed record FilterNot(int Position, FilterExpression Term) : FilterExpression(Position)
{
    // The language has one negation in a row.
    public override string ToString() => Term is FilterNot ? $"NOT ({Term})" : $"NOT {Term}";
}

/// <summary>A field compared with a value: the leaf of every filter.</summary>
public sealed record FilterComparison(FilterField Field, FilterOperator Operator, FilterValue Value)
    : FilterExpression(Field.Position)
{
    public override string ToString() => $"{Field} {Operator.Symbol()} {Value}";
}

/// <summary>How a field is compared with a value.</summary>
public enum FilterOperator
{
    /// <summary><c>=</c></summary>
    Equal,

    /// <summary><c>!=</c></summary>
    NotEqual,

    /// <summary><c>&lt;</c></summary>
    Less,

    /// <summary><c>&lt;=</c></summary>
    LessOrEqual,

    /// <summary><c>&gt;</c></summary>
    Greater,

    /// <summary><c>&gt;=</c></summary>
    GreaterOrEqual,

    /// <summary><c>:</c>: the field has the value, or with the value <c>*</c>, is set at all.</summary>
    Has,
}

/// <summary>How operators are written.</summary>
public static class FilterOperators
{
    public static string Symbol(this FilterOperator comparison) =>
        comparison switch
        {
            FilterOperator.Equal => "=",
            FilterOperator.NotEqual => "!=",
            FilterOperator.Less => "<",
            FilterOperator.LessOrEqual => "<=",
            FilterOperator.Greater => ">",
            FilterOperator.GreaterOrEqual => ">=",
            _ => ":",
        };
}
