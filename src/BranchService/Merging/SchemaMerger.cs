using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Merges definitions of datasets: columns by their numbers and constraints by their names, each property by property.
/// So one side renames a column while the other changes its bounds, and both hold.
/// </summary>
internal sealed class SchemaMerger(MergeDecisions decisions)
{
    private const string Dataset = "";

    private static readonly RowMerger<string, string> Merger = new(TextRules.Instance);

    private readonly RowSettler<string, string> settler = new(TextRules.Instance, decisions.Strategy, _ => null);

    public List<PlannedConflict> Conflicts { get; } = [];

    /// <summary>Merges a dataset that a side changed since the base.</summary>
    /// <param name="recordSides">Which sides wrote records of it.</param>
    public (MergedDataset Merged, DatasetChange? Restated) Merge(DivergedRow row, DivergedSides recordSides)
    {
        var (atBase, source, target) = (Elements(row.Base), Elements(row.Source), Elements(row.Target));
        var result = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        var name = MergedDataset.NameOf((row.Target ?? row.Source)!.Columns);
        foreach (var element in target.Keys.Union(source.Keys).Union(atBase.Keys))
        {
            var sides = new RowSides<string, string>(
                State(row.Base, atBase, element),
                State(row.Source, source, element),
                State(row.Target, target, element)
            );
            var merge = Merger.Merge(sides);
            if (element == Dataset)
            {
                merge = KeepRecords(merge, recordSides);
            }

            if (Settle(name, element, merge) is { } cells)
            {
                result.Add(element, cells);
            }
        }

        return Build(row, result);
    }

    /// <summary>A dataset that one side deletes does not take records with it that the other wrote meanwhile.</summary>
    private static RowMerge<string, string> KeepRecords(RowMerge<string, string> merge, DivergedSides recordSides)
    {
        var outcome = merge.Outcome switch
        {
            RowMergeOutcome.SourceOnly when merge.Merged is null && recordSides.HasFlag(DivergedSides.Target) =>
                RowMergeOutcome.DeletedAndChanged,
            RowMergeOutcome.TargetOnly when merge.Merged is null && recordSides.HasFlag(DivergedSides.Source) =>
                RowMergeOutcome.ChangedAndDeleted,
            var other => other,
        };
        return merge with { Outcome = outcome };
    }

    private IReadOnlyDictionary<string, string>? Settle(string dataset, string element, RowMerge<string, string> merge)
    {
        if (!merge.IsConflict)
        {
            return merge.Merged;
        }

        var place = ConflictId.Of(merge, TextRules.Instance, dataset, element);
        var id = ConflictId.Of(ConflictKind.Schema, place.Value);
        var resolution = decisions.Find(id);
        var decision = resolution?.DecisionCase == V1.Resolution.DecisionOneofCase.Side ? resolution : null;
        var settled = settler.Settle(
            merge,
            decision is null ? null : new Decision<string, string>.Side(MergeDecisions.SideOf(decision.Side))
        );
        Conflicts.Add(new(ToContract(id, dataset, element, merge), settled.By));
        return settled.IsUndecided ? merge.Sides.Target.Cells ?? merge.Sides.Source.Cells : settled.Cells;
    }

    private static V1.Conflict ToContract(
        ConflictId id,
        string dataset,
        string element,
        RowMerge<string, string> merge
    ) =>
        new()
        {
            ConflictId = id.Value,
            Kind = V1.ConflictKind.Schema,
            Schema = new()
            {
                DatasetId = dataset,
                Element = ElementName(element, merge),
                Base = ToStruct(merge.Sides.Base.Cells),
                Source = ToStruct(merge.Sides.Source.Cells),
                Target = ToStruct(merge.Sides.Target.Cells),
            },
        };

    /// <summary>A column is called by its name, not by its number.</summary>
    private static string ElementName(string element, RowMerge<string, string> merge)
    {
        var cells = merge.Sides.Target.Cells ?? merge.Sides.Source.Cells ?? merge.Sides.Base.Cells;
        return element != Dataset && cells?.GetValueOrDefault("name") is { } name
            ? JsonNode.Parse(name)!.GetValue<string>()
            : "";
    }

    private static Google.Protobuf.WellKnownTypes.Struct? ToStruct(IReadOnlyDictionary<string, string>? cells) =>
        cells is null ? null : Google.Protobuf.WellKnownTypes.Struct.Parser.ParseJson(ToJson(cells).ToJsonString());

    private static JsonObject ToJson(IReadOnlyDictionary<string, string> cells) =>
        new(cells.Select(cell => KeyValuePair.Create(cell.Key, JsonNode.Parse(cell.Value))));

    private static RowState<string, string> State(
        VersionedSide? side,
        Dictionary<string, IReadOnlyDictionary<string, string>> elements,
        string element
    ) => new(side?.Version ?? default, elements.GetValueOrDefault(element)) { IsDiverged = true };

    /// <summary>The definition taken apart; the dataset's own fields are the element without a name.</summary>
    private static Dictionary<string, IReadOnlyDictionary<string, string>> Elements(VersionedSide? side)
    {
        var elements = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        if (side is null || side.Columns["deleted"]!.GetValue<bool>())
        {
            return elements;
        }

        var definition = side.Columns["definition"]!.AsObject();
        var own = new Dictionary<string, string> { ["name"] = side.Columns["name"]!.ToJsonString() };
        foreach (var (field, value) in definition)
        {
            switch (field)
            {
                case "columns":
                    foreach (var column in value!.AsArray())
                    {
                        var number = column!["number"]!.GetValue<int>().ToString(CultureInfo.InvariantCulture);
                        elements.Add($"column {number}", Cells(column.AsObject()));
                    }

                    break;
                case "constraints":
                    foreach (var constraint in value!.AsArray())
                    {
                        elements.Add($"constraint {constraint!["name"]}", Cells(constraint.AsObject()));
                    }

                    break;
                // Which version last changed the schema follows from the merge.
                case "schemaVersion":
                    break;
                default:
                    own.Add(field, value!.ToJsonString());
                    break;
            }
        }

        elements.Add(Dataset, own);
        return elements;
    }

    private static Dictionary<string, string> Cells(JsonObject element) =>
        element.ToDictionary(field => field.Key, field => field.Value?.ToJsonString() ?? "null");

    private static (MergedDataset Merged, DatasetChange? Restated) Build(
        DivergedRow row,
        Dictionary<string, IReadOnlyDictionary<string, string>> elements
    )
    {
        var last = (row.Target ?? row.Source)!.Columns;
        var isDeleted = !elements.TryGetValue(Dataset, out var own);
        var definition = isDeleted ? MergedDataset.DefinitionOf(last) : DefinitionOf(own!, elements);
        var name = isDeleted ? MergedDataset.NameOf(last) : JsonNode.Parse(own!["name"])!.GetValue<string>();
        var atBase =
            row.Base is { } before && !before.Columns["deleted"]!.GetValue<bool>()
                ? MergedDataset.DefinitionOf(before.Columns)
                : null;
        var merged = new MergedDataset(MergedDataset.IdOf(last), name, definition, atBase) { IsDeleted = isDeleted };
        var winner = (row.Source?.Version ?? default) > (row.Target?.Version ?? default) ? row.Source : row.Target;
        var isShown =
            winner is not null
            && winner.Columns["deleted"]!.GetValue<bool>() == isDeleted
            && (
                isDeleted
                || (
                    MergedDataset.NameOf(winner.Columns) == name
                    && (MergedDataset.DefinitionOf(winner.Columns) with { SchemaVersion = null }).Equals(definition)
                )
            );
        return (merged, isShown ? null : ChangeOf(merged, last));
    }

    /// <summary>The row that says so.</summary>
    public static DatasetChange ChangeOf(MergedDataset dataset, JsonObject row) =>
        new(
            dataset.Id,
            row["uid"]!.GetValue<Guid>(),
            dataset.Name,
            Encoding.UTF8.GetBytes(DefinitionJson.Write(dataset.Definition))
        )
        {
            CreateVersion = new(row["create_version"]!.GetValue<long>()),
            Deleted = dataset.IsDeleted,
        };

    private static DatasetDefinition DefinitionOf(
        IReadOnlyDictionary<string, string> own,
        Dictionary<string, IReadOnlyDictionary<string, string>> elements
    )
    {
        var json = ToJson(own.Where(field => field.Key != "name").ToDictionary());
        json["columns"] = Array("column ");
        json["constraints"] = Array("constraint ");
        return DefinitionJson.Read(json.ToJsonString());

        JsonArray Array(string prefix) =>
            [
                .. elements
                    .Where(element => element.Key.StartsWith(prefix, StringComparison.Ordinal))
                    .Select(element => (JsonNode?)ToJson(element.Value)),
            ];
    }
}
