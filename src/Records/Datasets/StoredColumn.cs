using System.Text.Json;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>Reads a column out of a stored definition.</summary>
internal static class StoredColumn
{
    public static ColumnDefinition Read(JsonElement json)
    {
        var type = TypeOf(json.GetProperty("type").GetString()!);
        var column = new ColumnDefinition(json.GetProperty("number").GetInt32(), TextOf(json, "name"), type);
        var pattern = TextOf(json, "pattern");
        return column with
        {
            Unit = TextOf(json, "unit"),
            Description = TextOf(json, "description"),
            Required = json.TryGetProperty("required", out var required) && required.GetBoolean(),
            Minimum = ValueOf(column, json, "minimum"),
            Maximum = ValueOf(column, json, "maximum"),
            Default = ValueOf(column, json, "default"),
            Fill = ValueOf(column, json, "fill"),
            AllowedValues = json.TryGetProperty("allowed", out var allowed)
                ? [.. allowed.EnumerateArray().Select(value => column.Read(value)!.Value)]
                : [],
            Pattern = pattern.Length == 0 ? null : PatternOf(pattern),
            DecimalDigits = json.TryGetProperty("decimalDigits", out var digits) ? digits.GetInt32() : null,
            FormerTypes = json.TryGetProperty("formerTypes", out var former)
                ? [.. former.EnumerateArray().Select(name => TypeOf(name.GetString()!))]
                : [],
        };
    }

    public static string TextOf(JsonElement json, string member) =>
        json.TryGetProperty(member, out var text) ? text.GetString()! : "";

    private static CellValue? ValueOf(ColumnDefinition column, JsonElement json, string member) =>
        json.TryGetProperty(member, out var value) ? column.Read(value) : null;

    private static TextPattern PatternOf(string text) =>
        TextPattern.ParseStored(text, out var problem) ?? throw new FormatException($"A stored pattern {problem}.");

    private static CellType TypeOf(string name) =>
        CellTypes.Find(name) ?? throw new FormatException($"'{name}' is no type of a column.");
}
