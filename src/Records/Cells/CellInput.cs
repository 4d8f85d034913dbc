using System.Text.Json;

namespace Dendrite.Records.Cells;

/// <summary>What a caller gave for a cell, before it is known to be a value of the column.</summary>
/// <param name="Kind">In what form it came.</param>
/// <param name="Text">The string, the digits of a number, the canonical JSON of an array or object; else empty.</param>
public readonly record struct CellInput(CellInputKind Kind, string Text)
{
    public static CellInput Null { get; } = new(CellInputKind.Null, "");

    /// <summary>A field of a CSV document or a part of a record id: text that stands for a value of any type.</summary>
    public static CellInput OfField(string text) => new(CellInputKind.Field, text);

    public static CellInput OfString(string text) => new(CellInputKind.String, text);

    public static CellInput OfBoolean(bool value) => new(CellInputKind.Boolean, value ? "true" : "false");

    /// <summary>
    /// A number that travelled as binary64: beyond 15 digits a decimal cannot be trusted, and beyond 2^53 an integer.
    /// </summary>
    public static CellInput OfDouble(double value) =>
        new(CellInputKind.Double, value.ToString("R", System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>A value in a JSON document, whose numbers keep their digits.</summary>
    public static CellInput OfJson(JsonElement value, out string? problem)
    {
        problem = CanonicalJson.IsTooDeep(value) ? CanonicalJson.TooDeep : null;
        return problem is null ? OfStored(value, out problem) : Null;
    }

    /// <summary>A value that was stored: it may be nested deeper than what is taken now.</summary>
    public static CellInput OfStored(JsonElement value, out string? problem)
    {
        problem = null;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null or JsonValueKind.Undefined:
                return Null;
            case JsonValueKind.True or JsonValueKind.False:
                return OfBoolean(value.GetBoolean());
            case JsonValueKind.Number:
                return new(CellInputKind.Number, value.GetRawText());
            case JsonValueKind.String:
                return CanonicalJson.TextOf(value, out problem) is { } text
                    ? OfString(text)
                    : new(CellInputKind.Composite, "");
            default:
                return new(CellInputKind.Composite, CanonicalJson.Of(value, out problem) ?? "");
        }
    }
}

/// <summary>In what form a cell's value came.</summary>
public enum CellInputKind
{
    Null,
    Field,
    String,
    Boolean,

    /// <summary>A number with all its digits.</summary>
    Number,

    /// <summary>A number that was binary64 on the way.</summary>
    Double,

    /// <summary>An array or an object.</summary>
    Composite,
}

/// <summary>A value of a column (null is one), or why there is none.</summary>
/// <param name="Problem">What is wrong and what is allowed, to follow the column's name; null where nothing is.</param>
public readonly record struct CellResult(CellValue? Value, string? Problem)
{
    public static CellResult Of(CellValue? value) => new(value, null);

    public static CellResult Refuse(string problem) => new(null, problem);
}
