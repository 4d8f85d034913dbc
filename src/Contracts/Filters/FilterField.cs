using System.Collections.Immutable;

namespace Dendrite.Contracts.Filters;

/// <summary>The field of a comparison, such as <c>labels.site</c>.</summary>
/// <param name="Position">Index of its first character in the filter, from 0.</param>
/// <param name="Path">Its parts between the dots, at least one; a part that was quoted may hold any character.</param>
public sealed record FilterField(int Position, ImmutableArray<string> Path)
{
    /// <summary>The proto path of the filter that it stands in, for errors.</summary>
    public string Request { get; init; } = FilterParser.DefaultField;

    /// <summary>The parts joined by dots, for comparing with names that hold no dot themselves.</summary>
    public string Name => string.Join('.', Path);

    /// <summary>As it can be written in a filter.</summary>
    public override string ToString() =>
        string.Join('.', Path.Select(part => FilterLexer.IsPlain(part) ? part : FilterLexer.Quote(part)));
}
