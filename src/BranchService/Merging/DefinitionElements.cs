using System.Globalization;
using System.Text.Json.Nodes;
using Dendrite.Records.Datasets;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// A stored definition taken apart into what merges by itself, and put together again. Each part is field to JSON text.
/// </summary>
internal static class DefinitionElements
{
    /// <summary>The element of the dataset's own fields.</summary>
    public const string Dataset = "";

    private const string Column = "column ";

    private const string Constraint = "constraint ";

    public static bool IsColumn(string element) => element.StartsWith(Column, StringComparison.Ordinal);

    /// <summary>Columns by their numbers, constraints by their names, and <see cref="Dataset"/>.</summary>
    /// <param name="row">As <c>records.dataset</c> has it.</param>
    public static Dictionary<string, IReadOnlyDictionary<string, string>> Split(JsonObject row)
    {
        var elements = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        var own = Whole(row);
        foreach (var column in Take("columns"))
        {
            var number = column["number"]!.GetValue<int>().ToString(CultureInfo.InvariantCulture);
            elements.Add(Column + number, CellsOf(column));
        }

        foreach (var constraint in Take("constraints"))
        {
            elements.Add($"{Constraint}{constraint["name"]}", CellsOf(constraint));
        }

        elements.Add(Dataset, own);
        return elements;

        IEnumerable<JsonObject> Take(string field) =>
            own.Remove(field, out var array) ? JsonNode.Parse(array)!.AsArray().Select(one => one!.AsObject()) : [];
    }

    /// <summary>Name and definition in one, by field.</summary>
    /// <param name="row">As <c>records.dataset</c> has it.</param>
    public static Dictionary<string, string> Whole(JsonObject row)
    {
        var cells = CellsOf(row["definition"]!.AsObject());
        // Which version last changed the schema follows from the merge.
        cells.Remove("schemaVersion");
        cells["name"] = row["name"]!.ToJsonString();
        return cells;
    }

    /// <summary>Name and definition of what was split; null where the dataset is not among the elements.</summary>
    public static JsonObject? Join(Dictionary<string, IReadOnlyDictionary<string, string>> elements)
    {
        if (!elements.TryGetValue(Dataset, out var own))
        {
            return null;
        }

        var json = ToJson(own);
        json["columns"] = ArrayOf(Column);
        json["constraints"] = ArrayOf(Constraint);
        return json;

        JsonArray ArrayOf(string prefix) =>
            [
                .. elements
                    .Where(element => element.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(element => (JsonNode?)ToJson(element.Value)),
            ];
    }

    /// <summary>The definition in what <see cref="Join"/> or <see cref="Whole"/> gave.</summary>
    public static DatasetDefinition Read(JsonObject joined) => DefinitionJson.Read(joined.ToJsonString());

    public static JsonObject ToJson(IReadOnlyDictionary<string, string> cells) =>
        new(cells.Select(cell => KeyValuePair.Create(cell.Key, JsonNode.Parse(cell.Value))));

    private static Dictionary<string, string> CellsOf(JsonObject element) =>
        element.ToDictionary(field => field.Key, field => field.Value?.ToJsonString() ?? "null");
}
