using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Dendrite.Records.Cells;

/// <summary>
/// One spelling for each JSON value, so that equal values are equal strings whatever wrote them: no spaces, members by
/// name, numbers as ECMAScript prints them but exact. PostgreSQL's <c>jsonb</c> respells (<c>1e2</c> comes back as
/// <c>100</c>), so what was stored is brought to this form again when it is read.
/// </summary>
public static class CanonicalJson
{
    /// <summary>
    /// Most levels of a value, where each object counts <see cref="ObjectLevels"/> and each array
    /// <see cref="ArrayLevels"/>: readers of messages take 100 by default, and the answer that holds a value deepest, a
    /// conflict about the allowed values of a column, has 12 around it. Readers of JSON take 64 objects and arrays,
    /// which is more.
    /// </summary>
    public const int MaxLevels = 88;

    /// <summary>Messages in each other that an object is: itself, a member and the member's value.</summary>
    public const int ObjectLevels = 3;

    /// <summary>Messages in each other that an array is: itself and an item.</summary>
    public const int ArrayLevels = 2;

    /// <summary>What is wrong with a value of more than <see cref="MaxLevels"/>.</summary>
    public static readonly string TooDeep =
        $"is nested deeper than {MaxLevels / ObjectLevels} objects or {MaxLevels / ArrayLevels} arrays; "
        + "flatten it, or store it as text";

    /// <summary>Largest power of ten in a number either way: all of binary64.</summary>
    private const int MaxExponent = 400;
    private const string HalfCharacter = "holds half a character (a lone surrogate); check its encoding";
    private const int PlainDigits = 21;
    private const int PlainZeros = 6;

    private static readonly JsonSerializerOptions Strings = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The canonical form of a value; null where there is none, and then the problem says why.</summary>
    public static string? Of(JsonElement value, out string? problem)
    {
        var text = new System.Text.StringBuilder();
        problem = Append(text, value);
        return problem is null ? text.ToString() : null;
    }

    /// <summary>Whether a value has more than <see cref="MaxLevels"/>.</summary>
    public static bool IsTooDeep(JsonElement value) => IsTooDeep(value, MaxLevels);

    /// <summary>Whether a text is that of an array or object that is too deep.</summary>
    public static bool IsTextOfTooDeep(string text)
    {
        if (text is not ['{' or '[', ..])
        {
            return false;
        }

        try
        {
            using var json = JsonDocument.Parse(text);
            return IsTooDeep(json.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>The canonical form of what this server stored itself.</summary>
    /// <exception cref="FormatException">It is not something that this server stores.</exception>
    public static string OfStored(JsonElement value) =>
        Of(value, out var problem) ?? throw new FormatException($"A stored value {problem}.");

    /// <summary>A string with quotes and escapes.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text, Strings);

    /// <summary>
    /// The canonical form of a number: all digits where its exponent is within 21 above and 6 below the point, as in
    /// ECMAScript, else <c>1.5e+300</c>; null where it is no number of JSON or beyond 10^400 either way.
    /// </summary>
    public static string? Number(string token)
    {
        if (!ExactDecimal.TryParse(token, out var value))
        {
            return null;
        }

        var (digits, exponent) = value.Significand();
        if (digits.Length == 0)
        {
            return "0";
        }

        if (Math.Abs(exponent) > MaxExponent)
        {
            return null;
        }

        var sign = value.Sign < 0 ? "-" : "";
        return exponent switch
        {
            > PlainDigits or <= -PlainZeros => sign + Scientific(digits, exponent - 1),
            <= 0 => $"{sign}0.{new string('0', -exponent)}{digits}",
            _ when digits.Length <= exponent => sign + digits.PadRight(exponent, '0'),
            _ => $"{sign}{digits[..exponent]}.{digits[exponent..]}",
        };
    }

    /// <summary>Why a text cannot be stored; null where it can.</summary>
    public static string? ProblemOfText(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
            {
                return "holds a NUL character, which cannot be stored; remove it";
            }

            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
            {
                return HalfCharacter;
            }

            i++;
        }

        return null;
    }

    /// <summary>The text of a string; null where it cannot be stored, and then the problem says why.</summary>
    public static string? TextOf(JsonElement value, out string? problem)
    {
        try
        {
            var text = value.GetString()!;
            problem = ProblemOfText(text);
            return problem is null ? text : null;
        }
        catch (InvalidOperationException)
        {
            // The reader's word for an escape that is half a surrogate pair.
            problem = HalfCharacter;
            return null;
        }
    }

    /// <summary>The name of a member; null where it cannot be stored, and then the problem says why.</summary>
    public static string? NameOf(JsonProperty member, out string? problem)
    {
        try
        {
            problem = ProblemOfText(member.Name);
            return problem is null ? member.Name : null;
        }
        catch (InvalidOperationException)
        {
            // The reader's word for an escape that is half a surrogate pair.
            problem = HalfCharacter;
            return null;
        }
    }

    private static bool IsTooDeep(JsonElement value, int levels) =>
        value.ValueKind switch
        {
            JsonValueKind.Object => levels < ObjectLevels
                || value.EnumerateObject().Any(member => IsTooDeep(member.Value, levels - ObjectLevels)),
            JsonValueKind.Array => levels < ArrayLevels
                || value.EnumerateArray().Any(item => IsTooDeep(item, levels - ArrayLevels)),
            _ => false,
        };

    private static string Scientific(string digits, int exponent)
    {
        var fraction = digits.Length > 1 ? $".{digits[1..]}" : "";
        return $"{digits[0]}{fraction}e{exponent.ToString("+0;-0", CultureInfo.InvariantCulture)}";
    }

    private static string? Append(System.Text.StringBuilder output, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                return AppendMembers(output, value);
            case JsonValueKind.Array:
                return AppendItems(output, value);
            case JsonValueKind.String:
                return AppendString(output, value);
            case JsonValueKind.Number:
                var number = Number(value.GetRawText());
                output.Append(number);
                return number is null
                    ? $"holds a number beyond 10^{MaxExponent} or {ExactDecimal.MaxDigits} digits; write it as a string"
                    : null;
            default:
                output.Append(value.GetRawText());
                return null;
        }
    }

    private static string? AppendMembers(System.Text.StringBuilder output, JsonElement value)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (NameOf(member, out var problem) is not { } name)
            {
                return problem;
            }

            if (!members.TryAdd(name, member.Value))
            {
                return $"has the member {Quote(name)} twice";
            }
        }

        output.Append('{');
        foreach (var (name, inner) in members)
        {
            output.Append(output[^1] == '{' ? "" : ",").Append(Quote(name)).Append(':');
            if (Append(output, inner) is { } problem)
            {
                return problem;
            }
        }

        output.Append('}');
        return null;
    }

    private static string? AppendItems(System.Text.StringBuilder output, JsonElement value)
    {
        output.Append('[');
        var isFirst = true;
        foreach (var item in value.EnumerateArray())
        {
            output.Append(isFirst ? "" : ",");
            isFirst = false;
            if (Append(output, item) is { } problem)
            {
                return problem;
            }
        }

        output.Append(']');
        return null;
    }

    private static string? AppendString(System.Text.StringBuilder output, JsonElement value)
    {
        output.Append(TextOf(value, out var problem) is { } text ? Quote(text) : "");
        return problem;
    }
}
