using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Dendrite.Contracts.Filters;

/// <summary>
/// Reads the filter language of AIP-160, without functions and without bare words ("search everything"). Each method
/// below is one rule of the grammar; time and memory are linear in the filter's length, which is bounded.
/// </summary>
/// <remarks>
/// <code>
/// filter      = [ conjunction ]
/// conjunction = disjunction { "AND" disjunction }
/// disjunction = term { "OR" term }                    OR binds tighter than AND, as AIP-160 has it:
/// term        = [ "NOT" | "-" ] ( "(" conjunction ")" | comparison )      a AND b OR c  is  a AND (b OR c)
/// comparison  = field ( "=" | "!=" | "&lt;" | "&lt;=" | ">" | ">=" | ":" ) value
/// field       = part { "." part }                     a part is a word or quoted
/// value       = quoted | word with . : and - in it    1.5, -3, 2026-11-21T08:30:00Z, sleep-*
/// </code>
/// </remarks>
public sealed class FilterParser
{
    /// <summary>Longest filter in UTF-16 characters: what a person or a program still writes on purpose.</summary>
    public const int MaxLength = 4_000;

    /// <summary>Most parentheses in each other: far from what the stack holds, and beyond what anybody reads.</summary>
    public const int MaxDepth = 32;

    /// <summary>Most comparisons: each becomes a condition that every row is checked against.</summary>
    public const int MaxComparisons = 100;

    /// <summary>The proto path of the filter in most requests.</summary>
    internal const string DefaultField = "filter";

    private readonly FilterLexer lexer;
    private readonly string request;
    private FilterToken token;
    private FilterError? error;
    private int depth;
    private int comparisons;

    private FilterParser(string filter, string request) => (lexer, this.request) = (new(filter), request);

    /// <summary>Reads a filter that came in a request; null for an empty one, which leaves nothing out.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.InvalidFilter"/>, with the position.</exception>
    public static FilterExpression? Parse(string filter, string field = DefaultField) =>
        TryParse(filter, out var expression, out var error, field) ? expression : throw error.ToException(field);

    /// <summary>Reads a filter; false where it is none, and then <paramref name="error"/> says why.</summary>
    /// <param name="expression">Null also for an empty filter.</param>
    /// <param name="field">The proto path that errors of fields and values will name.</param>
    public static bool TryParse(
        string filter,
        out FilterExpression? expression,
        [NotNullWhen(false)] out FilterError? error,
        string field = DefaultField
    )
    {
        expression = null;
        if (filter.Length > MaxLength)
        {
            var problem = $"the filter has {filter.Length} characters; at most {MaxLength} are allowed";
            error = new(FilterErrorKind.TooLong, MaxLength, problem);
            return false;
        }

        var parser = new FilterParser(filter, field);
        if (parser.Take() && parser.token.Kind != FilterTokenKind.End)
        {
            var read = parser.Conjunction();
            expression = read is not null && parser.Expect(FilterTokenKind.End, "AND or OR") ? read : null;
        }

        error = parser.error;
        return error is null;
    }

    private FilterExpression? Conjunction() =>
        Joined(FilterTokenKind.And, Disjunction, terms => new FilterAnd(terms[0].Position, terms));

    private FilterExpression? Disjunction() =>
        Joined(FilterTokenKind.Or, Term, terms => new FilterOr(terms[0].Position, terms));

    private FilterExpression? Joined(
        FilterTokenKind joint,
        Func<FilterExpression?> read,
        Func<ImmutableArray<FilterExpression>, FilterExpression> join
    )
    {
        if (read() is not { } first)
        {
            return null;
        }

        var terms = ImmutableArray.Create(first);
        while (token.Kind == joint)
        {
            if (!Take() || read() is not { } next)
            {
                return null;
            }

            terms = terms.Add(next);
        }

        return terms.Length == 1 ? first : join(terms);
    }

    private FilterExpression? Term()
    {
        if (token.Kind is not (FilterTokenKind.Not or FilterTokenKind.Minus))
        {
            return Simple();
        }

        var start = token.Start;
        return Take() && Simple() is { } term ? new FilterNot(start, term) : null;
    }

    private FilterExpression? Simple()
    {
        if (token.Kind != FilterTokenKind.Open)
        {
            return Comparison();
        }

        if (++depth > MaxDepth)
        {
            return Fail(FilterErrorKind.TooDeep, $"more than {MaxDepth} parentheses stand in each other");
        }

        if (!Take() || Conjunction() is not { } inner || !Expect(FilterTokenKind.Close, "AND, OR or )") || !Take())
        {
            return null;
        }

        depth--;
        return inner;
    }

    private FilterComparison? Comparison()
    {
        if (++comparisons > MaxComparisons)
        {
            Fail(FilterErrorKind.TooManyComparisons, $"the filter has more than {MaxComparisons} comparisons");
            return null;
        }

        if (Field() is not { } field || !Expect(FilterTokenKind.Comparison, "an operator such as ="))
        {
            return null;
        }

        var comparison = token.Operator;
        return Take() && Value() is { } value ? new(field, comparison, value) : null;
    }

    private FilterField? Field()
    {
        var start = token.Start;
        var path = ImmutableArray<string>.Empty;
        do
        {
            // After a dot a keyword is a name like any other.
            var isPart =
                token.Kind is FilterTokenKind.Text or FilterTokenKind.Quoted
                || (!path.IsEmpty && token.Kind is FilterTokenKind.And or FilterTokenKind.Or or FilterTokenKind.Not);
            if (!isPart)
            {
                FailAtToken("the name of a field");
                return null;
            }

            path = path.Add(token.EndsWithStar ? token.Text + "*" : token.Text);
            if (!Take())
            {
                return null;
            }
        } while (token.Kind == FilterTokenKind.Dot && Take());
        return error is null ? new(start, path) { Request = request } : null;
    }

    private FilterValue? Value()
    {
        var start = token.Start;
        if (token.Kind == FilterTokenKind.Quoted)
        {
            var quoted = new FilterValue(start, token.Text, IsQuoted: true, token.EndsWithStar) { Request = request };
            return Take() ? quoted : null;
        }

        var text = "";
        var end = start;
        // Numbers and instants hold dots, colons and hyphens; what touches belongs together.
        while (token.Start == end && IsPartOfBareValue(token))
        {
            text += token.Text;
            end = token.End;
            if (!Take())
            {
                return null;
            }
        }

        if (text.Length == 0)
        {
            FailAtToken("a value");
            return null;
        }

        var endsWithStar = text.EndsWith('*');
        return new(start, endsWithStar ? text[..^1] : text, IsQuoted: false, endsWithStar) { Request = request };
    }

    private static bool IsPartOfBareValue(FilterToken token) =>
        token.Kind is FilterTokenKind.Text or FilterTokenKind.Dot or FilterTokenKind.Minus
        || (token.Kind == FilterTokenKind.Comparison && token.Operator == FilterOperator.Has);

    private bool Take()
    {
        if (lexer.Next() is { } next)
        {
            token = next;
            return true;
        }

        error = lexer.Error;
        return false;
    }

    private bool Expect(FilterTokenKind kind, string wanted)
    {
        if (token.Kind != kind)
        {
            FailAtToken(wanted);
        }

        return token.Kind == kind;
    }

    private void FailAtToken(string wanted)
    {
        var found = token.Kind == FilterTokenKind.End ? "the filter ends" : $"{FilterError.Show(token.Text)} stands";
        Fail(FilterErrorKind.UnexpectedToken, $"{found} where {wanted} should be");
    }

    private FilterExpression? Fail(FilterErrorKind kind, string problem)
    {
        error = new(kind, token.Start, problem);
        return null;
    }
}
