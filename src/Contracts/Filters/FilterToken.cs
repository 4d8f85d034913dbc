namespace Dendrite.Contracts.Filters;

/// <summary>What a piece of a filter is.</summary>
internal enum FilterTokenKind
{
    Text,
    Quoted,
    And,
    Or,
    Not,
    Minus,
    Open,
    Close,
    Dot,
    Comparison,
    End,
}

/// <summary>One piece of a filter.</summary>
/// <param name="Start">Index of its first character.</param>
/// <param name="End">Index after its last one: two pieces touch where one ends and the next starts.</param>
/// <param name="Text">As it stands in the filter; of a quoted one what it means.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, int Start, int End, string Text)
{
    public FilterOperator Operator { get; init; }

    /// <summary>A star without an escape ended it; <see cref="Text"/> leaves it out where it was quoted.</summary>
    public bool EndsWithStar { get; init; }
}
