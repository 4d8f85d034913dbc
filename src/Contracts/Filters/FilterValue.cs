using System.Globalization;

namespace Dendrite.Contracts.Filters;

/// <summary>
/// The value of a comparison. All values are text in a filter; what a value must be, the field's user says with the
/// methods below, which refuse it at its place.
/// </summary>
/// <param name="Position">Index of its first character in the filter, from 0.</param>
/// <param name="Text">The value without quotes and escapes.</param>
/// <param name="IsQuoted">Whether it stood in quotes: <c>null</c> is nothing, <c>"null"</c> is a text.</param>
/// <param name="EndsWithStar">
/// Whether a <c>*</c> without escape ended it, which <paramref name="Text"/> then leaves out: it asks for a prefix.
/// </param>
public sealed record FilterValue(int Position, string Text, bool IsQuoted, bool EndsWithStar)
{
    /// <summary>The proto path of the filter that it stands in, for errors.</summary>
    public string Request { get; init; } = FilterParser.DefaultField;

    /// <summary>The bare word <c>null</c>.</summary>
    public bool IsNull => IsBare("null");

    /// <summary>The <c>*</c> alone: any value.</summary>
    public bool IsAny => EndsWithStar && Text.Length == 0;

    /// <summary>The text, for fields that have no prefix search.</summary>
    /// <exception cref="DendriteException">INVALID_FILTER, as in all methods here.</exception>
    public string ToText() =>
        EndsWithStar ? throw Refuse("asks for a prefix, which this field does not have; write \\* for a star") : Text;

    /// <summary><c>true</c> or <c>false</c>, quoted or not.</summary>
    public bool ToBoolean() =>
        (Text, EndsWithStar) switch
        {
            ("true", false) => true,
            ("false", false) => false,
            _ => throw Refuse("must be true or false"),
        };

    /// <summary>A whole number that fits in 64 bits.</summary>
    public long ToInt64() =>
        !EndsWithStar
        && long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Refuse("must be a whole number of at most 64 bits");

    /// <summary>An instant in the form of RFC 3339; cut to the microsecond, as instants are stored.</summary>
    public DateTimeOffset ToInstant()
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (
            EndsWithStar
            || !DateTimeOffset.TryParseExact(ToMicroseconds(Text), InstantForms, null, Utc, out var instant)
        )
        {
            throw Refuse("must be an instant such as \"2026-11-21T08:30:00Z\", or a day such as \"2026-11-21\"");
        }

        return instant;
    }

    /// <summary>One of an enumeration, by its name in the contract.</summary>
    /// <param name="names">Each name with what it stands for.</param>
    public T ToOneOf<T>(IReadOnlyDictionary<string, T> names)
    {
        foreach (var (name, found) in names)
        {
            if (Is(name))
            {
                return found;
            }
        }

        throw Refuse($"must be one of {string.Join(", ", names.Keys)}");
    }

    /// <summary>
    /// Whether it is that name of an enumeration, in whatever case, and as people are shown it: <c>both added</c>.
    /// </summary>
    public bool Is(string name) =>
        !EndsWithStar && string.Equals(Joined(Text), Joined(name), StringComparison.OrdinalIgnoreCase);

    /// <summary>The error that says what is wrong with this value.</summary>
    /// <param name="problem">What follows the value in the message, with the remedy.</param>
    public DendriteException Refuse(string problem) =>
        new FilterError(FilterErrorKind.BadValue, Position, $"{FilterError.Show(Text)} {problem}").ToException(Request);

    /// <summary>As it can be written in a filter.</summary>
    public override string ToString()
    {
        if (!IsQuoted)
        {
            return EndsWithStar ? $"{Text}*" : Text;
        }

        return FilterLexer.Quote(Text, EndsWithStar);
    }

    private static string Joined(string words) =>
        words.Replace("_", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);

    private bool IsBare(string word) => !IsQuoted && !EndsWithStar && Text == word;

    private static readonly string[] InstantForms =
    [
        "yyyy-MM-dd",
        "yyyy-MM-dd'T'HH:mm:ssK",
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK",
    ];

    /// <summary>Up to nanoseconds are allowed, as in a protobuf timestamp; what is finer than stored is cut.</summary>
    private static string ToMicroseconds(string text)
    {
        const int MostDigits = 9;
        const int KeptDigits = 6;
        var start = text.IndexOf('.', StringComparison.Ordinal) + 1;
        var end = start;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return start > 0 && end - start is > KeptDigits and <= MostDigits
            ? text.Remove(start + KeptDigits, end - start - KeptDigits)
            : text;
    }
}
