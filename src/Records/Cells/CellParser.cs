using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Dendrite.Records.Cells;

/// <summary>
/// Reads what a caller gave as a value of a type. Strict: nothing is guessed, rounded or cut, since a value that was
/// read differently from what was meant is worse than one refused.
/// </summary>
public static class CellParser
{
    /// <summary>Longest text or JSON value in UTF-16 characters: a document, not a file.</summary>
    public const int MaxTextLength = 1_000_000;

    private const int MaxShownLength = 40;
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789+-.eE");

    /// <summary>15 significant digits survive a trip through binary64, more may not.</summary>
    private const int DoubleDigits = 15;

    /// <summary>The value of a type. Allowed values, ranges and patterns are the business of validation.</summary>
    /// <param name="decimalDigits">Digits after the point of a decimal; null: as many as given.</param>
    public static CellResult Parse(CellType type, int? decimalDigits, CellInput input)
    {
        if (input.Kind == CellInputKind.Null)
        {
            return CellResult.Of(null);
        }

        if (input.Text.Length > MaxTextLength)
        {
            return CellResult.Refuse($"has {input.Text.Length} characters; at most {MaxTextLength} are allowed");
        }

        return type switch
        {
            CellType.Text or CellType.Enum => Text(type, input),
            CellType.Integer => Integer(input),
            CellType.Decimal => Decimal(input, decimalDigits),
            CellType.Double => Double(input),
            CellType.Boolean => Boolean(input),
            CellType.Json => Json(input),
            _ => Written(type, input),
        };
    }

    /// <summary>A stranger's text in a message: its beginning, and nothing that moves a cursor.</summary>
    public static string Show(string text)
    {
        var shown = text.Length <= MaxShownLength ? text : string.Concat(text.AsSpan(0, MaxShownLength), "…");
        return $"'{string.Concat(shown.Select(part => char.IsControl(part) || char.IsSurrogate(part) ? '?' : part))}'";
    }

    private static CellResult Text(CellType type, CellInput input)
    {
        if (input.Kind is not (CellInputKind.String or CellInputKind.Field))
        {
            return Refuse(input, "a string");
        }

        if (CanonicalJson.ProblemOfText(input.Text) is { } problem)
        {
            return CellResult.Refuse(problem);
        }

        return CellResult.Of(type == CellType.Enum ? CellValue.OfEnum(input.Text) : CellValue.OfText(input.Text));
    }

    private static CellResult Integer(CellInput input)
    {
        const string Form = "a whole number of at most 64 bits";
        if (input.Kind is CellInputKind.Boolean or CellInputKind.Composite || !IsNumber(input.Text))
        {
            return Refuse(input, Form);
        }

        // JSON knows one sort of number: 1.0 and 1e2 are whole, and R writes 100000 as 1e+05.
        if (
            !TryReadWhole(input.Text, out var value)
            && !(
                ExactDecimal.TryParse(input.Text, out var exact)
                && exact.WithScale(0) is { } whole
                && TryReadWhole(whole.ToString(), out value)
            )
        )
        {
            return Refuse(input, Form);
        }

        return input.Kind == CellInputKind.Double && !CellValue.IsSafe(value)
            ? CellResult.Refuse(
                $"{Show(input.Text)} is not within 2^53, from where on numbers of JSON are rounded; give it as a string"
            )
            : CellResult.Of(CellValue.OfInteger(value));
    }

    private static bool TryReadWhole(string text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

    private static CellResult Decimal(CellInput input, int? digits)
    {
        if (
            input.Kind is CellInputKind.Boolean or CellInputKind.Composite
            || !ExactDecimal.TryParse(input.Text, out var exact)
        )
        {
            return Refuse(input, $"a decimal number such as \"12.50\" of at most {ExactDecimal.MaxDigits} digits");
        }

        if (input.Kind == CellInputKind.Double && exact.Significand().Digits.Length > DoubleDigits)
        {
            return CellResult.Refuse(
                $"{Show(input.Text)} has more digits than a number of JSON keeps; give it as a string"
            );
        }

        if (digits is null)
        {
            return CellResult.Of(CellValue.OfDecimal(exact));
        }

        return exact.WithScale(digits.Value) is { } scaled && scaled.ToString().Length <= ExactDecimal.MaxDigits
            ? CellResult.Of(CellValue.OfDecimal(scaled))
            : CellResult.Refuse($"{Show(input.Text)} has more than {digits} digits after the point; round it first");
    }

    private static CellResult Double(CellInput input)
    {
        const string Form = "a number, or \"NaN\", \"Infinity\" or \"-Infinity\"";
        if (input.Kind is CellInputKind.Boolean or CellInputKind.Composite)
        {
            return Refuse(input, Form);
        }

        if (input.Text is "NaN" or "Infinity" or "-Infinity")
        {
            return CellResult.Of(CellValue.OfDouble(double.Parse(input.Text, CultureInfo.InvariantCulture)));
        }

        const NumberStyles Style =
            NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        // A string is for what JSON cannot say otherwise: "1.5" is a text that somebody forgot to convert.
        var isNumber =
            input.Kind != CellInputKind.String
            && IsNumber(input.Text)
            && double.TryParse(input.Text, Style, CultureInfo.InvariantCulture, out var value)
            && double.IsFinite(value);
        return isNumber
            ? CellResult.Of(CellValue.OfDouble(double.Parse(input.Text, Style, CultureInfo.InvariantCulture)))
            : Refuse(input, Form);
    }

    private static CellResult Boolean(CellInput input) =>
        (input.Kind, input.Text) switch
        {
            (CellInputKind.Boolean, var text) => CellResult.Of(CellValue.OfBoolean(text == "true")),
            (CellInputKind.Field, "true" or "TRUE" or "True" or "1") => CellResult.Of(CellValue.OfBoolean(true)),
            (CellInputKind.Field, "false" or "FALSE" or "False" or "0") => CellResult.Of(CellValue.OfBoolean(false)),
            _ => Refuse(input, "true or false"),
        };

    private static CellResult Written(CellType type, CellInput input)
    {
        var isText = input.Kind is CellInputKind.String or CellInputKind.Field;
        return (type, input.Text) switch
        {
            (CellType.Date, var text) when isText && TryReadDate(text, out var day) => CellResult.Of(
                CellValue.OfDate(day)
            ),
            (CellType.Date, _) => Refuse(input, "a day such as 2026-11-21"),
            (CellType.Timestamp, var text) when isText && TimestampText.TryRead(text, out var microseconds) =>
                CellResult.Of(CellValue.OfTimestamp(microseconds)),
            (CellType.Timestamp, _) => Refuse(
                input,
                "an instant such as 2026-11-21T08:30:00.25Z with at most 6 digits of a second"
            ),
            (CellType.Uuid, { Length: 36 } text) when isText && Guid.TryParseExact(text, "D", out var uuid) =>
                CellResult.Of(CellValue.OfUuid(uuid)),
            _ => Refuse(input, "a UUID such as 2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b"),
        };
    }

    private static CellResult Json(CellInput input)
    {
        switch (input.Kind)
        {
            case CellInputKind.String:
                var problem = CanonicalJson.ProblemOfText(input.Text);
                return problem is null
                    ? CellResult.Of(CellValue.OfJson(CanonicalJson.Quote(input.Text)))
                    : CellResult.Refuse(problem);
            case CellInputKind.Field:
                return JsonField(input);
            case CellInputKind.Number or CellInputKind.Double:
                return CanonicalJson.Number(input.Text) is { } number
                    ? CellResult.Of(CellValue.OfJson(number))
                    : Refuse(input, "a finite number below 10^400");
            default:
                return CellResult.Of(CellValue.OfJson(input.Text));
        }
    }

    private static CellResult JsonField(CellInput input)
    {
        try
        {
            // Measured like what is read again: a canonical form may be longer than what was written.
            using var document = JsonDocument.Parse(input.Text);
            var value = CellInput.OfJson(document.RootElement, out var problem);
            return problem is null ? Parse(CellType.Json, null, value) : CellResult.Refuse(problem);
        }
        catch (JsonException)
        {
            return Refuse(input, "a JSON value; a string of JSON needs its quotes");
        }
    }

    private static CellResult Refuse(CellInput input, string form)
    {
        var shown = input.Kind == CellInputKind.Composite ? $"{input.Text.FirstOrDefault()}…" : input.Text;
        return CellResult.Refuse($"{Show(shown)} is not {form}");
    }

    private static bool TryReadDate(string text, out DateOnly day)
    {
        day = default;
        return text.Length == 10
            && !text.Contains('\0', StringComparison.Ordinal)
            && DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day);
    }

    // The parsers of .NET skip spaces and trailing NUL characters.
    private static bool IsNumber(string text) =>
        text.Length is > 0 and <= ExactDecimal.MaxDigits
        && text.AsSpan().IndexOfAnyExcept(NumberCharacters) < 0
        && text.AsSpan().IndexOfAnyInRange('0', '9') >= 0;
}
