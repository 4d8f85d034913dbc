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
/// <param name="written">What stands for all that the sides wrote of datasets that one of them deleted.</param>
internal sealed class SchemaMerger(MergeDecisions decisions, IReadOnlyDictionary<long, string> written)
{
    /// <summary>The field of a column's type.</summary>
    private const string Type = "type";

    private static readonly RowMerger<string, string> Merger = new(TextRules.Instance);

    private readonly RowSettler<string, string> settler = new(TextRules.Instance, decisions.Strategy, _ => null);

    public List<PlannedConflict> Conflicts { get; } = [];

    /// <summary>Datasets of one name of which each side kept another: both stay, and their name is settled.</summary>
    public IReadOnlySet<DivergedRow> KeptByEach { get; init; } = new HashSet<DivergedRow>();

    /// <summary>
    /// Whether what settled a conflict is written whatever the union shows: not by a revert, where no second branch
    /// chooses.
    /// </summary>
    public bool WritesChoices { get; init; } = true;

    /// <summary>Merges a dataset that a side changed since the base.</summary>
    /// <param name="recordSides">Which sides wrote records of it.</param>
    public (MergedDataset Merged, DatasetChange? Restated) Merge(DivergedRow row, DivergedSides recordSides)
    {
        var name = MergedDataset.NameOf((row.Target ?? row.Source)!.Columns);
        if (KeptByEach.Contains(row))
        {
            var (side, kept) = IsThere(row.Source) ? (row.Source!, MergeSide.Source) : (row.Target!, MergeSide.Target);
            return Build(row, DefinitionElements.ToJson(DefinitionElements.Whole(side.Columns)), kept, true);
        }

        // Its columns and constraints are deleted with it, or none of them is.
        if (IsDeletedByOne(row))
        {
            return MergeWhole(row, name, recordSides);
        }

        var atBase = DefinitionBase.ElementsOf(row.Base);
        var source = DefinitionBase.ElementsOf(row.Source);
        var target = DefinitionBase.ElementsOf(row.Target);
        var joined = DefinitionBase.Find(row);
        var settledBefore = Conflicts.Count;
        var result = new Dictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var element in target.Keys.Union(source.Keys).Union(atBase.Keys))
        {
            var sides = new RowSides<string, string>(
                joined?[element] ?? State(row.Base, atBase.GetValueOrDefault(element)),
                State(row.Source, source.GetValueOrDefault(element)),
                State(row.Target, target.GetValueOrDefault(element))
            );
            var aligned = DefinitionElements.IsColumn(element) ? ColumnWidening.Align(sides) : sides;
            if (Settle(name, element, Merger.Merge(aligned)) is { } cells)
            {
                result.Add(element, cells);
            }
        }

        return Build(row, DefinitionElements.Join(result), null, WritesChoices && Conflicts.Count > settledBefore);
    }

    public static bool IsDeletedByOne(DivergedRow row) =>
        (IsThere(row.Base) && IsThere(row.Source) != IsThere(row.Target)) || RowBases.IsDecidedTwice(row);

    private static bool IsThere(VersionedSide? side) => side is { IsLive: true };

    /// <summary>A dataset that one side deleted.</summary>
    private (MergedDataset Merged, DatasetChange? Restated) MergeWhole(
        DivergedRow row,
        string name,
        DivergedSides recordSides
    )
    {
        var live = (IsThere(row.Source) ? row.Source : row.Target)!;
        var atBase = RowBases.IsDecidedTwice(row)
            ? RowBases.Open(row)
            : DefinitionBase.Find(row)?.Whole(live) ?? Whole(row.Base);
        var sides = new RowSides<string, string>(atBase, Whole(row.Source), Whole(row.Target));
        var merge = KeepRecords(Merger.Merge(sides), recordSides);
        // Its records are not among the cells, and go or stay with it.
        var records = written.GetValueOrDefault(MergedDataset.IdOf((row.Target ?? row.Source)!.Columns).Value, "");
        var cells = Settle(name, DefinitionElements.Dataset, merge, records);
        MergeSide? kept =
            cells is null ? null
            : ReferenceEquals(cells, sides.Source.Cells) ? MergeSide.Source
            : ReferenceEquals(cells, sides.Target.Cells) ? MergeSide.Target
            : MergeSide.Base;
        return Build(
            row,
            cells is null ? null : DefinitionElements.ToJson(cells),
            kept,
            WritesChoices && merge.IsConflict
        );

        static RowState<string, string> Whole(VersionedSide? side) =>
            State(side, IsThere(side) ? DefinitionElements.Whole(side!.Columns) : null);
    }

    /// <summary>A dataset that one side deletes does not take records with it that the other wrote meanwhile.</summary>
    private static RowMerge<string, string> KeepRecords(RowMerge<string, string> merge, DivergedSides recordSides)
    {
        var outcome = merge.Outcome switch
        {
            RowMergeOutcome.SourceOnly when recordSides.HasFlag(DivergedSides.Target) =>
                RowMergeOutcome.DeletedAndChanged,
            RowMergeOutcome.TargetOnly when recordSides.HasFlag(DivergedSides.Source) =>
                RowMergeOutcome.ChangedAndDeleted,
            var other => other,
        };
        return merge with { Outcome = outcome };
    }

    /// <param name="beside">What else a decision is about.</param>
    private IReadOnlyDictionary<string, string>? Settle(
        string dataset,
        string element,
        RowMerge<string, string> merge,
        params IReadOnlyList<string> beside
    )
    {
        if (!merge.IsConflict)
        {
            return merge.Merged;
        }

        var place = ConflictId.Of(merge, TextRules.Instance, [dataset, element, .. beside]);
        var id = ConflictId.Of(ConflictKind.Schema, place.Value);
        var side = decisions.FindSide(id, MergeDecisions.AllSides);
        var settled = settler.Settle(merge, side is { } taken ? new Decision<string, string>.Side(taken) : null);
        var contract = ToContract(id, dataset, element, merge);
        contract.Resolution = side is null ? null : decisions.Find(id);
        Conflicts.Add(new(contract, settled.By));
        return settled.IsUndecided ? ShownOf(merge) : settled.Cells;
    }

    /// <summary>
    /// What stands for an element whose conflict is undecided, so that the rest of the merge can be planned: never a
    /// column that is narrower than a side's, whose records could not be read.
    /// </summary>
    private static IReadOnlyDictionary<string, string>? ShownOf(RowMerge<string, string> merge)
    {
        var (source, target) = (merge.Sides.Source.Cells, merge.Sides.Target.Cells);
        if (merge.Merged is null || source is null || target is null)
        {
            return target ?? source;
        }

        // Bounds go with the type that they were said for.
        var isOfSource = merge.Merged.TryGetValue(Type, out var type) && type != target[Type];
        var shown = merge.Merged.ToDictionary();
        foreach (var clash in merge.Clashes)
        {
            var cell = isOfSource ? clash.Source : clash.Target;
            if (cell.IsPresent)
            {
                shown[clash.Column] = cell.Value!;
            }
        }

        return shown;
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
        return element != DefinitionElements.Dataset && cells?.GetValueOrDefault("name") is { } name
            ? JsonNode.Parse(name)!.GetValue<string>()
            : "";
    }

    private static Google.Protobuf.WellKnownTypes.Struct? ToStruct(IReadOnlyDictionary<string, string>? cells) =>
        cells is null
            ? null
            : Google.Protobuf.WellKnownTypes.Struct.Parser.ParseJson(DefinitionElements.ToJson(cells).ToJsonString());

    private static RowState<string, string> State(VersionedSide? side, IReadOnlyDictionary<string, string>? cells) =>
        new(side?.Version ?? default, cells) { IsDiverged = true };

    /// <param name="result">Name and definition; null: there is no dataset.</param>
    /// <param name="kept">See <see cref="MergedDataset.Kept"/>.</param>
    /// <param name="isChosen">Somebody settled a conflict: that is written, whatever the union shows.</param>
    private static (MergedDataset Merged, DatasetChange? Restated) Build(
        DivergedRow row,
        JsonObject? result,
        MergeSide? kept,
        bool isChosen
    )
    {
        var last = (row.Target ?? row.Source)!.Columns;
        var isDeleted = result is null;
        var definition = result is null ? MergedDataset.DefinitionOf(last) : DefinitionElements.Read(result);
        var name = MergedDataset.NameOf(result ?? last);
        var atBase = row.Base is { IsLive: true } before ? MergedDataset.DefinitionOf(before.Columns) : null;
        var merged = new MergedDataset(MergedDataset.IdOf(last), name, definition, atBase)
        {
            IsDeleted = isDeleted,
            Kept = kept,
            WasGivenUp = DefinitionBase.IsGivenUp(row),
        };
        var winner = (row.Source?.Version ?? default) > (row.Target?.Version ?? default) ? row.Source : row.Target;
        var isShown =
            !isChosen
            && winner is not null
            && winner.IsLive != isDeleted
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
}
