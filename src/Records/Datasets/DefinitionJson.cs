using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>
/// A definition as it is stored. Members without content are left out; values have the JSON form of their column.
/// </summary>
/// <remarks>
/// <code>
/// {"columns":[{"number":1,"name":"USUBJID","type":"text","required":true}, ...],
///  "key":[1], "constraints":[{"name":"site","columns":[2],"dataset":"sites"}, {"name":"mail","columns":[3]}],
///  "displayName":"...", "labels":{...}, "schemaVersion":17}
/// </code>
/// </remarks>
public static class DefinitionJson
{
    public static string Write(DatasetDefinition definition)
    {
        var json = new JsonObject
        {
            ["columns"] = ArrayOf(definition.Columns, ColumnNode),
            ["key"] = ArrayOf(definition.Key, number => JsonValue.Create(number)),
        };
        AddText(json, "displayName", definition.DisplayName);
        AddText(json, "description", definition.Description);
        if (!definition.Constraints.IsEmpty)
        {
            json["constraints"] = ArrayOf(definition.Constraints, ConstraintNode);
        }

        if (!definition.Labels.IsEmpty)
        {
            json["labels"] = new JsonObject(
                definition.Labels.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))
            );
        }

        if (definition.SchemaVersion is { } version)
        {
            json["schemaVersion"] = version;
        }

        return json.ToJsonString();
    }

    /// <summary>Reads what <see cref="Write"/> wrote, also after <c>jsonb</c> has respelled it.</summary>
    /// <exception cref="FormatException">It is something else: the database is damaged.</exception>
    public static DatasetDefinition Read(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("A stored definition of a dataset cannot be read.", failure);
        }
    }

    private static DatasetDefinition Read(JsonElement json)
    {
        var columns = json.GetProperty("columns").EnumerateArray().Select(StoredColumn.Read).ToImmutableArray();
        return new()
        {
            Columns = columns,
            Key = NumbersOf(json.GetProperty("key")),
            DisplayName = StoredColumn.TextOf(json, "displayName"),
            Description = StoredColumn.TextOf(json, "description"),
            Constraints = json.TryGetProperty("constraints", out var constraints)
                ? [.. constraints.EnumerateArray().Select(ReadConstraint)]
                : [],
            Labels = json.TryGetProperty("labels", out var labels)
                ? labels
                    .EnumerateObject()
                    .ToImmutableSortedDictionary(
                        label => label.Name,
                        label => label.Value.GetString()!,
                        StringComparer.Ordinal
                    )
                : ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal),
            SchemaVersion = json.TryGetProperty("schemaVersion", out var version) ? version.GetInt64() : null,
        };
    }

    private static DatasetConstraint ReadConstraint(JsonElement json)
    {
        var name = StoredColumn.TextOf(json, "name");
        var columns = NumbersOf(json.GetProperty("columns"));
        return json.TryGetProperty("dataset", out var dataset)
            ? new ReferenceConstraint(name, columns, dataset.GetString()!)
            : new UniqueConstraint(name, columns);
    }

    private static ImmutableArray<int> NumbersOf(JsonElement array) =>
        [.. array.EnumerateArray().Select(number => number.GetInt32())];

    private static JsonObject ColumnNode(ColumnDefinition column)
    {
        var json = new JsonObject
        {
            ["number"] = column.Number,
            ["name"] = column.Name,
            ["type"] = column.Type.Name(),
        };
        AddText(json, "unit", column.Unit);
        AddText(json, "description", column.Description);
        AddText(json, "pattern", column.Pattern?.Text ?? "");
        AddValue(json, "minimum", column.Minimum);
        AddValue(json, "maximum", column.Maximum);
        AddValue(json, "default", column.Default);
        AddValue(json, "fill", column.Fill);
        if (column.Required)
        {
            json["required"] = true;
        }

        if (column.DecimalDigits is { } digits)
        {
            json["decimalDigits"] = digits;
        }

        if (!column.AllowedValues.IsEmpty)
        {
            json["allowed"] = ArrayOf(column.AllowedValues, value => JsonNode.Parse(value.ToJson()));
        }

        if (!column.FormerTypes.IsEmpty)
        {
            json["formerTypes"] = ArrayOf(column.FormerTypes, type => JsonValue.Create(type.Name()));
        }

        return json;
    }

    private static JsonObject ConstraintNode(DatasetConstraint constraint)
    {
        var json = new JsonObject
        {
            ["name"] = constraint.Name,
            ["columns"] = ArrayOf(constraint.Columns, number => JsonValue.Create(number)),
        };
        if (constraint is ReferenceConstraint reference)
        {
            json["dataset"] = reference.DatasetId;
        }

        return json;
    }

    private static JsonArray ArrayOf<T>(ImmutableArray<T> items, Func<T, JsonNode?> node) =>
        new([.. items.Select(node)]);

    private static void AddText(JsonObject json, string member, string text)
    {
        if (text.Length > 0)
        {
            json[member] = text;
        }
    }

    private static void AddValue(JsonObject json, string member, CellValue? value)
    {
        if (value is { } given)
        {
            json[member] = JsonNode.Parse(given.ToJson());
        }
    }
}
