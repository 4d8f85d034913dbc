using System.Text;

namespace Dendrite.Contracts.Filters;

/// <summary>
/// Cuts a filter into pieces. A word is any run of characters that are neither space nor one of <c>( ) . " ' \ = ! &lt;
/// &gt; : ,</c>, and does not begin with a hyphen. In quotes, <c>\</c> stands before a quote, a backslash or a star.
/// </summary>
internal sealed class FilterLexer(string filter)
{
    private int position;

    /// <summary>The first thing that no piece begins with; null while there is none.</summary>
    public FilterError? Error { get; private set; }

    /// <summary>Whether a part of a field can be written without quotes.</summary>
    public static bool IsPlain(string part) =>
        part.Length > 0 && part[0] != '-' && part is not ("AND" or "OR" or "NOT") && part.All(IsWordCharacter);

    /// <summary>A text in quotes, with the escapes that it needs.</summary>
    public static string Quote(string text, bool endsWithStar = false)
    {
        var escaped = new StringBuilder("\"");
        foreach (var character in text)
        {
            if (character is '"' or '\\' or '*')
            {
                escaped.Append('\\');
            }

            escaped.Append(character);
        }

        return escaped.Append(endsWithStar ? "*\"" : "\"").ToString();
    }

    /// <summary>
    /// The next piece, or <see cref="FilterTokenKind.End"/>; null where <see cref="Error"/> says why.
    /// </summary>
    public FilterToken? Next()
    {
        while (position < filter.Length && filter[position] is ' ' or '\t' or '\n' or '\r')
        {
            position++;
        }

        if (position == filter.Length)
        {
            return new FilterToken(FilterTokenKind.End, position, position, "");
        }

        return filter[position] switch
        {
            '(' => Sign(FilterTokenKind.Open, 1),
            ')' => Sign(FilterTokenKind.Close, 1),
            '.' => Sign(FilterTokenKind.Dot, 1),
            '-' => Sign(FilterTokenKind.Minus, 1),
            '=' => Comparison(FilterOperator.Equal, 1),
            ':' => Comparison(FilterOperator.Has, 1),
            '!' when IsNext('=') => Comparison(FilterOperator.NotEqual, 2),
            '<' when IsNext('=') => Comparison(FilterOperator.LessOrEqual, 2),
            '<' => Comparison(FilterOperator.Less, 1),
            '>' when IsNext('=') => Comparison(FilterOperator.GreaterOrEqual, 2),
            '>' => Comparison(FilterOperator.Greater, 1),
            '"' or '\'' => Quoted(),
            var character when IsWordCharacter(character) => Word(),
            var character => Fail(
                FilterErrorKind.UnexpectedCharacter,
                position,
                $"{FilterError.Show(character.ToString())} stands outside quotes; put the value in quotes"
            ),
        };
    }

    private bool IsNext(char character) => position + 1 < filter.Length && filter[position + 1] == character;

    private FilterToken Sign(FilterTokenKind kind, int length)
    {
        var start = position;
        position += length;
        return new(kind, start, position, filter[start..position]);
    }

    private FilterToken Comparison(FilterOperator comparison, int length) =>
        Sign(FilterTokenKind.Comparison, length) with
        {
            Operator = comparison,
        };

    private FilterToken Word()
    {
        var start = position;
        while (position < filter.Length && IsWordCharacter(filter[position]))
        {
            position++;
        }

        var word = filter[start..position];
        var kind = word switch
        {
            "AND" => FilterTokenKind.And,
            "OR" => FilterTokenKind.Or,
            "NOT" => FilterTokenKind.Not,
            _ => FilterTokenKind.Text,
        };
        return new(kind, start, position, word);
    }

    private FilterToken? Quoted()
    {
        var start = position;
        var quote = filter[position++];
        var text = new StringBuilder();
        var endsWithStar = false;
        while (position < filter.Length && filter[position] != quote)
        {
            var isEscaped = filter[position] == '\\';
            if (isEscaped && !TakeEscape())
            {
                return null;
            }

            if (!IsAllowedInQuotes(position))
            {
                return Fail(
                    FilterErrorKind.UnexpectedCharacter,
                    position,
                    "a control character or half a character stands in the quotes; remove it"
                );
            }

            // A star asks for a prefix only where it is the last one and has no escape.
            endsWithStar = filter[position] == '*' && !isEscaped;
            text.Append(filter[position++]);
        }

        if (position == filter.Length)
        {
            return Fail(FilterErrorKind.UnterminatedString, start, $"the quote {quote} is not closed");
        }

        position++;
        var value = endsWithStar ? text.ToString(0, text.Length - 1) : text.ToString();
        return new FilterToken(FilterTokenKind.Quoted, start, position, value) { EndsWithStar = endsWithStar };
    }

    private bool TakeEscape()
    {
        if (position + 1 < filter.Length && filter[position + 1] is '"' or '\'' or '\\' or '*')
        {
            position++;
            return true;
        }

        Fail(
            FilterErrorKind.BadEscape,
            position,
            "a backslash stands before something other than a quote, a backslash or a star; write \\\\ for a backslash"
        );
        return false;
    }

    private FilterToken? Fail(FilterErrorKind kind, int at, string problem)
    {
        Error = new(kind, at, problem);
        return null;
    }

    /// <summary>
    /// PostgreSQL stores no NUL, UTF-8 no half of a pair, and a control character in a value is a trick.
    /// </summary>
    private bool IsAllowedInQuotes(int at)
    {
        var character = filter[at];
        if (char.IsHighSurrogate(character))
        {
            return at + 1 < filter.Length && char.IsLowSurrogate(filter[at + 1]);
        }

        return char.IsLowSurrogate(character)
            ? char.IsHighSurrogate(filter[at - 1])
            : character is '\n' or '\r' or '\t' || !char.IsControl(character);
    }

    private static bool IsWordCharacter(char character) =>
        character is not ('(' or ')' or '.' or '"' or '\'' or '\\' or '=' or '!' or '<' or '>' or ':' or ',')
        && !char.IsWhiteSpace(character)
        && !char.IsControl(character)
        && !char.IsSurrogate(character);
}
