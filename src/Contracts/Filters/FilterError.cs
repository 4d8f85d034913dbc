namespace Dendrite.Contracts.Filters;

/// <summary>What is wrong with a filter.</summary>
public enum FilterErrorKind
{
    /// <summary>More characters than <see cref="FilterParser.MaxLength"/>.</summary>
    TooLong,

    /// <summary>More parentheses in each other than <see cref="FilterParser.MaxDepth"/>.</summary>
    TooDeep,

    /// <summary>More comparisons than <see cref="FilterParser.MaxComparisons"/>.</summary>
    TooManyComparisons,

    /// <summary>A character that no filter holds outside quotes, or none at all.</summary>
    UnexpectedCharacter,

    /// <summary>A quote that is not closed.</summary>
    UnterminatedString,

    /// <summary>A backslash before something that needs none.</summary>
    BadEscape,

    /// <summary>A word or sign in a place where the language has another.</summary>
    UnexpectedToken,

    /// <summary>A field that cannot be asked for here.</summary>
    UnknownField,

    /// <summary>An operator that the field does not have.</summary>
    BadOperator,

    /// <summary>A value that the field cannot have.</summary>
    BadValue,
}

/// <summary>What is wrong with a filter, and where.</summary>
/// <param name="Position">Index of the character at fault, from 0; the filter's length: its end.</param>
/// <param name="Problem">What was found there and what would be right; holds no control characters.</param>
public sealed record FilterError(FilterErrorKind Kind, int Position, string Problem)
{
    private const int MaxShownLength = 40;

    /// <summary>The error as it goes to the caller.</summary>
    /// <param name="field">The proto path of the filter.</param>
    public DendriteException ToException(string field = FilterParser.DefaultField)
    {
        var problem = $"{Problem}, at character {Position + 1}";
        return new(ErrorReason.InvalidFilter, $"{field}: {problem}.")
        {
            FieldViolations = [new(field, problem)],
            Metadata = new Dictionary<string, string> { ["position"] = $"{Position}", ["kind"] = $"{Kind}" },
        };
    }

    /// <summary>Of a field that the user of a filter does not know.</summary>
    /// <param name="known">What can be asked for, in words.</param>
    public static DendriteException UnknownField(FilterField field, string known) =>
        new FilterError(
            FilterErrorKind.UnknownField,
            field.Position,
            $"{Show(field.Name)} cannot be asked for here; these can: {known}"
        ).ToException(field.Request);

    /// <summary>Of an operator that the field does not have.</summary>
    /// <param name="allowed">Those that it has, in words.</param>
    public static DendriteException BadOperator(FilterComparison comparison, string allowed) =>
        new FilterError(
            FilterErrorKind.BadOperator,
            comparison.Position,
            $"{Show(comparison.Field.Name)} is not compared by '{comparison.Operator.Symbol()}' but by {allowed}"
        ).ToException(comparison.Field.Request);

    /// <summary>A stranger's text in a message: its beginning, in quotes, and nothing that moves a cursor.</summary>
    internal static string Show(string text)
    {
        var shown = text.Length <= MaxShownLength ? text : string.Concat(text.AsSpan(0, MaxShownLength), "…");
        var harmless = shown.Select(character =>
            char.IsControl(character) || char.IsSurrogate(character) ? '?' : character
        );
        return $"'{string.Concat(harmless)}'";
    }
}
