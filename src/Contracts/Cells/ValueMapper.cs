using System.Globalization;
using System.Text.Json;
using Dendrite.Records.Cells;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Contracts.Cells;

/// <summary>Between JSON values of the contract and cells.</summary>
public static class ValueMapper
{
    /// <summary>No binary64 has more digits than 767.</summary>
    private const string AllDigits = "E766";

    /// <summary>What a caller gave; an absent value is null.</summary>
    /// <param name="problem">Why it can be no value of any column; null where it may be one.</param>
    public static CellInput ToInput(Value? value, out string? problem)
    {
        problem = null;
        switch (value?.KindCase)
        {
            case null or Value.KindOneofCase.None or Value.KindOneofCase.NullValue:
                return CellInput.Null;
            case Value.KindOneofCase.BoolValue:
                return CellInput.OfBoolean(value.BoolValue);
            case Value.KindOneofCase.NumberValue:
                return CellInput.OfDouble(value.NumberValue);
            case Value.KindOneofCase.StringValue:
                return CellInput.OfString(value.StringValue);
            default:
                return ToComposite(value, out problem);
        }
    }

    /// <summary>
    /// A cell in the JSON form of its type; null is the null value. Of JSON that was stored deeper than is taken it is
    /// the text.
    /// </summary>
    public static Value ToValue(CellValue? cell)
    {
        if (cell is not { } value)
        {
            return Value.ForNull();
        }

        switch (value.Type)
        {
            case CellType.Boolean:
                return Value.ForBool(value.AsBoolean());
            case CellType.Json:
                using (var json = JsonDocument.Parse(value.AsText()))
                {
                    return CanonicalJson.IsTooDeep(json.RootElement)
                        ? Value.ForString(value.AsText())
                        : ToValue(json.RootElement);
                }

            case CellType.Integer when !CellValue.IsSafe(value.AsInteger()):
                return Value.ForString(value.ToText());
            case CellType.Integer or CellType.Double when value.ToJson() is var json && json[0] != '"':
                return Value.ForNumber(double.Parse(json, CultureInfo.InvariantCulture));
            default:
                return Value.ForString(value.ToText());
        }
    }

    /// <summary>
    /// A cell as a column of its type takes it from a caller: where <see cref="IsExact"/> holds, with every digit. Null
    /// is the null value.
    /// </summary>
    public static Value ToExactValue(CellValue? cell) =>
        cell is { Type: CellType.Integer or CellType.Decimal } number
            ? Value.ForString(number.ToText())
            : ToValue(cell);

    /// <summary>
    /// Whether no number of a cell is rounded in its <see cref="ToValue(CellValue?)"/>: those within JSON travel as
    /// binary64, as <see cref="FindRounded"/> says.
    /// </summary>
    public static bool IsExact(CellValue cell)
    {
        if (cell.Type != CellType.Json)
        {
            return true;
        }

        using var json = JsonDocument.Parse(cell.AsText());
        return FindRounded(json.RootElement) is null;
    }

    /// <summary>
    /// The first number that binary64 would round, as it is written; null where there is none. A number that is written
    /// as binary64 prints itself, by its shortest digits, by 17 or by all that it has, is not rounded.
    /// </summary>
    public static string? FindRounded(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => json.EnumerateObject()
                .Select(member => FindRounded(member.Value))
                .FirstOrDefault(found => found is not null),
            JsonValueKind.Array => json.EnumerateArray().Select(FindRounded).FirstOrDefault(found => found is not null),
            JsonValueKind.Number when IsRounded(json.GetRawText()) => json.GetRawText(),
            _ => null,
        };

    private static bool IsRounded(string number)
    {
        var nearest = double.Parse(number, CultureInfo.InvariantCulture);
        var written = CanonicalJson.Number(number);
        return !double.IsFinite(nearest)
            || written is null
            || !Array.Exists(
                ["R", "G17", AllDigits],
                form => CanonicalJson.Number(nearest.ToString(form, CultureInfo.InvariantCulture)) == written
            );
    }

    private static Value ToValue(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => Value.ForStruct(ToStruct(json)),
            JsonValueKind.Array => Value.ForList([.. json.EnumerateArray().Select(ToValue)]),
            JsonValueKind.String => Value.ForString(json.GetString()),
            // Beyond binary64 a message has no number.
            JsonValueKind.Number when double.IsFinite(json.GetDouble()) => Value.ForNumber(json.GetDouble()),
            JsonValueKind.Number => Value.ForString(json.GetRawText()),
            JsonValueKind.True or JsonValueKind.False => Value.ForBool(json.GetBoolean()),
            _ => Value.ForNull(),
        };

    private static Struct ToStruct(JsonElement json)
    {
        var fields = new Struct();
        foreach (var member in json.EnumerateObject())
        {
            fields.Fields.Add(member.Name, ToValue(member.Value));
        }

        return fields;
    }

    private static CellInput ToComposite(Value value, out string? problem)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            problem = Write(writer, value, CanonicalJson.MaxLevels);
        }

        if (problem is not null)
        {
            return CellInput.Null;
        }

        using var json = JsonDocument.Parse(buffer.ToArray());
        return CellInput.OfJson(json.RootElement, out problem);
    }

    private static string? Write(Utf8JsonWriter writer, Value value, int levels)
    {
        if (levels < 0)
        {
            return CanonicalJson.TooDeep;
        }

        switch (value.KindCase)
        {
            case Value.KindOneofCase.BoolValue:
                writer.WriteBooleanValue(value.BoolValue);
                return null;
            case Value.KindOneofCase.NumberValue when double.IsFinite(value.NumberValue):
                writer.WriteNumberValue(value.NumberValue);
                return null;
            case Value.KindOneofCase.NumberValue:
                return "holds a number that is not finite, which JSON cannot say; write it as a string";
            case Value.KindOneofCase.StringValue:
                return WriteString(writer, value.StringValue);
            case Value.KindOneofCase.StructValue:
                return WriteMembers(writer, value.StructValue, levels - CanonicalJson.ObjectLevels);
            case Value.KindOneofCase.ListValue:
                writer.WriteStartArray();
                var problem = value
                    .ListValue.Values.Select(item => Write(writer, item, levels - CanonicalJson.ArrayLevels))
                    .FirstOrDefault(IsOne);
                writer.WriteEndArray();
                return problem;
            default:
                writer.WriteNullValue();
                return null;
        }
    }

    private static string? WriteMembers(Utf8JsonWriter writer, Struct members, int levels)
    {
        writer.WriteStartObject();
        string? problem = null;
        foreach (var (name, value) in members.Fields)
        {
            problem ??= CanonicalJson.ProblemOfText(name);
            writer.WritePropertyName(problem is null ? name : "");
            problem ??= Write(writer, value, levels);
            if (problem is not null)
            {
                return problem;
            }
        }

        writer.WriteEndObject();
        return null;
    }

    private static string? WriteString(Utf8JsonWriter writer, string text)
    {
        var problem = CanonicalJson.ProblemOfText(text);
        writer.WriteStringValue(problem is null ? text : "");
        return problem;
    }

    private static bool IsOne(string? problem) => problem is not null;
}
