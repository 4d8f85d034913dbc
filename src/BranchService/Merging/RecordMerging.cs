using Dendrite.Contracts.Cells;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Merges records, each under the merged definition of its dataset: documents of both sides are read as the columns are
/// after the merge, so a renamed, widened or dropped column is no conflict of its cells.
/// </summary>
internal sealed class RecordMerging(MergeDecisions decisions)
{
    public static RowMerger<int, CellValue> Merger { get; } = new(ValueRules.Instance);

    public List<PlannedConflict> Conflicts { get; } = [];

    public MergedRecord Merge(MergedDataset dataset, DivergedRecord row) => Settle(Compare(dataset, row));

    /// <summary>How the sides come together, before any decision.</summary>
    /// <param name="crosswise">Rows that merges left beside each other in the base; none: it has what it shows.</param>
    public ComparedRecord Compare(
        MergedDataset dataset,
        DivergedRecord row,
        params IReadOnlyCollection<SeenRecord> crosswise
    )
    {
        var atBase = crosswise.Count > 0 ? JoinBase(dataset, row, crosswise) : null;
        return dataset.Kept is { } kept
            ? new(dataset, row, Keep(dataset, row, kept, atBase))
            : Compare(dataset, row, atBase);
    }

    /// <summary>The same of a record of which the base does not even say whether it is there.</summary>
    public ComparedRecord CompareOpen(MergedDataset dataset, DivergedRecord row) =>
        Compare(dataset, row, new RowState<int, CellValue>(row.Base!.Version, null) { IsOpen = true });

    /// <param name="joined">What rows of the base come together to; null: it has what it shows.</param>
    private ComparedRecord Compare(MergedDataset dataset, DivergedRecord row, RowState<int, CellValue>? joined)
    {
        var shown = joined is null ? State(dataset, row.Base, false) : null;
        var sides = new RowSides<int, CellValue>(
            joined ?? shown!,
            Of(row.Source, DivergedSides.Source),
            Of(row.Target, DivergedSides.Target)
        );
        var merger = new RowMerger<int, CellValue>(ValueRules.Instance, column => decisions.AddsUp(dataset, column));
        return new(dataset, row, merger.Merge(sides));

        // Cells of one row are read and held once.
        RowState<int, CellValue> Of(StoredRecord? record, DivergedSides bit) =>
            shown is not null && ReferenceEquals(record, row.Base)
                ? shown with
                {
                    IsDiverged = row.Sides.HasFlag(bit),
                }
                : State(dataset, record, row.Sides.HasFlag(bit));
    }

    /// <summary>What rows of the base come together to. A side that wrote nothing has added nothing up.</summary>
    public static RowState<int, CellValue> JoinBase(
        MergedDataset dataset,
        DivergedRecord row,
        IReadOnlyCollection<SeenRecord> crosswise
    )
    {
        var rows = crosswise.Select(seen => new SeenRow<int, CellValue>(
            seen.Timeline,
            seen.Version,
            seen.Document is { } document ? ReadCells(dataset, document) : null,
            seen.Saw
        ));
        var rule = new CrosswiseBase<int, CellValue>(
            ValueRules.Instance,
            column => row.Sides == DivergedSides.Both && MergeDecisions.MayAddUp(dataset, column)
        );
        return rule.Find([.. rows]);
    }

    /// <summary>
    /// A record of a dataset that stays as one side has it. The others' are not read: they may hold what that side's
    /// definition does not know, and a side that deleted the dataset has none.
    /// </summary>
    /// <param name="joined">What rows of the base come together to; null: it has what it shows.</param>
    private static RowMerge<int, CellValue> Keep(
        MergedDataset dataset,
        DivergedRecord row,
        MergeSide kept,
        RowState<int, CellValue>? joined
    )
    {
        var sides = new RowSides<int, CellValue>(
            Only(MergeSide.Base, row.Base, DivergedSides.None),
            Only(MergeSide.Source, row.Source, DivergedSides.Source),
            Only(MergeSide.Target, row.Target, DivergedSides.Target)
        );
        return kept switch
        {
            MergeSide.Source => new(sides, RowMergeOutcome.SourceOnly, sides.Source.Cells, []),
            MergeSide.Target => new(sides, RowMergeOutcome.TargetOnly, sides.Target.Cells, []),
            _ => new(sides, RowMergeOutcome.SameChange, (joined ?? sides.Base).Cells, []),
        };

        RowState<int, CellValue> Only(MergeSide side, StoredRecord? record, DivergedSides bit) =>
            side == kept
                ? State(dataset, record, row.Sides.HasFlag(bit))
                : new(record?.Version ?? default, null) { IsDiverged = row.Sides.HasFlag(bit) };
    }

    /// <summary>The result.</summary>
    public MergedRecord Settle(ComparedRecord compared)
    {
        var (dataset, row, merge) = compared;
        return new(dataset, row, merge, merge.IsConflict ? Settle(dataset, row, merge) : merge.Merged);
    }

    private IReadOnlyDictionary<int, CellValue>? Settle(
        MergedDataset dataset,
        DivergedRecord row,
        RowMerge<int, CellValue> merge
    )
    {
        var place = new[] { dataset.Id.ToString(), Convert.ToHexStringLower(row.Key.Span) };
        var id = ConflictId.Of(merge, ValueRules.Instance, place);
        var resolution = decisions.Find(id);
        var settler = new RowSettler<int, CellValue>(
            ValueRules.Instance,
            decisions.Strategy,
            column => decisions.StrategyOf(dataset, column)
        );
        var settled = SettleBy(settler, (dataset, id), merge, resolution);
        var contract = ToContract(id, dataset, row, merge);
        if (settled.By == SettledBy.Decision)
        {
            contract.Resolution = resolution;
        }

        Conflicts.Add(new(contract, settled.By));
        return settled.IsUndecided ? merge.Sides.Target.Cells : settled.Cells;
    }

    private SettledRow<int, CellValue> SettleBy(
        RowSettler<int, CellValue> settler,
        (MergedDataset Dataset, ConflictId Id) conflict,
        RowMerge<int, CellValue> merge,
        V1.Resolution? resolution
    )
    {
        if (resolution is null)
        {
            return settler.Settle(merge, null);
        }

        try
        {
            return SettleBy(settler, conflict.Dataset, merge, (resolution, decisions.FieldOf(conflict.Id)));
        }
        // Such as one that names a column by the name that it had then.
        catch (DendriteException misfit) when (decisions.IsKept(conflict.Id))
        {
            decisions.LeaveOut(conflict.Id, misfit.Message);
            return settler.Settle(merge, null);
        }
    }

    private static SettledRow<int, CellValue> SettleBy(
        RowSettler<int, CellValue> settler,
        MergedDataset dataset,
        RowMerge<int, CellValue> merge,
        (V1.Resolution Resolution, string Field) asked
    )
    {
        var decision = DecisionOf(dataset, merge, asked);
        try
        {
            return settler.Settle(merge, decision);
        }
        // Decisions of the other sorts fit every conflict.
        catch (ArgumentException) when (decision is Decision<int, CellValue>.Values)
        {
            var columns = merge.Clashes.Select(clash => dataset.Definition.Find(clash.Column)!.Name);
            throw DendriteException.Invalid(
                $"{asked.Field}.cells",
                $"name other cells than those in conflict: give {string.Join(", ", columns)}, each of them and no other"
            );
        }
    }

    private static Decision<int, CellValue> DecisionOf(
        MergedDataset dataset,
        RowMerge<int, CellValue> merge,
        (V1.Resolution Resolution, string Field) decision
    )
    {
        var (resolution, path) = decision;
        var known = merge.Sides.Target.Cells ?? merge.Sides.Source.Cells!;
        switch (resolution.DecisionCase)
        {
            case V1.Resolution.DecisionOneofCase.Record:
                var row = ReadValues(dataset, resolution.Record, $"{path}.record")
                    .Where(cell => cell.Value.IsPresent)
                    .ToDictionary(cell => cell.Key, cell => cell.Value.Value);
                foreach (var key in dataset.Definition.Key)
                {
                    row[key] = known[key];
                }

                return new Decision<int, CellValue>.Row(row);
            case V1.Resolution.DecisionOneofCase.Cells:
                var cells = ReadValues(dataset, resolution.Cells, $"{path}.cells");
                DemandKey(dataset, cells, known, $"{path}.cells");
                return new Decision<int, CellValue>.Values(cells);
            default:
                return new Decision<int, CellValue>.Side(MergeDecisions.SideOf(resolution.Side));
        }
    }

    /// <summary>A record is found by its key: with another one it would be another record.</summary>
    private static void DemandKey(
        MergedDataset dataset,
        Dictionary<int, Cell<CellValue>> cells,
        IReadOnlyDictionary<int, CellValue> known,
        string parent
    )
    {
        foreach (var number in dataset.Definition.Key)
        {
            if (cells.TryGetValue(number, out var cell) && cell != Cell.Of(known[number]))
            {
                throw DendriteException.Invalid(
                    $"{parent}.{dataset.Definition.Find(number)!.Name}",
                    "is part of the key, which a decision does not change: leave it out"
                );
            }
        }
    }

    /// <summary>What is named; a null is a cell that is not there.</summary>
    private static Dictionary<int, Cell<CellValue>> ReadValues(MergedDataset dataset, Struct values, string parent)
    {
        var cells = new Dictionary<int, Cell<CellValue>>();
        foreach (var (name, given) in values.Fields)
        {
            var path = $"{parent}.{name}";
            var column =
                dataset.Definition.Find(name)
                ?? throw DendriteException.Invalid(path, $"is no column of dataset '{dataset.Name}'");
            var input = ValueMapper.ToInput(given, out var problem);
            var parsed = column.Parse(input);
            if ((problem ?? parsed.Problem) is { } reason)
            {
                throw DendriteException.Invalid(path, reason);
            }

            cells.Add(column.Number, parsed.Value is { } value ? Cell.Of(value) : default);
        }

        return cells;
    }

    private static V1.Conflict ToContract(
        ConflictId id,
        MergedDataset dataset,
        DivergedRecord row,
        RowMerge<int, CellValue> merge
    )
    {
        var record = new V1.RecordConflict
        {
            DatasetId = dataset.Name,
            RecordId = MergedRecord.IdOf(dataset, row.Key),
            SourceVersion = row.Sides.HasFlag(DivergedSides.Source) ? row.Source?.Version.Value ?? 0 : 0,
            TargetVersion = row.Sides.HasFlag(DivergedSides.Target) ? row.Target?.Version.Value ?? 0 : 0,
        };
        record.Cells.AddRange(
            from clash in merge.Clashes
            let column = dataset.Definition.Find(clash.Column)
            orderby dataset.Definition.Columns.IndexOf(column)
            select new V1.CellConflict
            {
                Column = column.Name,
                Base = merge.Sides.Base.OpenColumns.Contains(clash.Column)
                    ? null
                    : ToValue(clash.Base, merge.Sides.Base.Cells),
                Source = ToValue(clash.Source, merge.Sides.Source.Cells),
                Target = ToValue(clash.Target, merge.Sides.Target.Cells),
            }
        );
        return new()
        {
            ConflictId = id.Value,
            Kind = (V1.ConflictKind)(int)merge.Outcome.ConflictOf()!.Value,
            Record = record,
        };
    }

    /// <summary>Null is present where there is a record; nothing where there is none.</summary>
    private static Value? ToValue(Cell<CellValue> cell, IReadOnlyDictionary<int, CellValue>? row) =>
        cell.IsPresent ? ValueMapper.ToValue(cell.Value)
        : row is null ? null
        : Value.ForNull();

    public static RowState<int, CellValue> State(MergedDataset dataset, StoredRecord? record, bool isDiverged) =>
        new(record?.Version ?? default, record?.Document is { } document ? ReadCells(dataset, document) : null)
        {
            IsDiverged = isDiverged,
        };

    /// <summary>The cells that have a value; a null is a cell that is not there.</summary>
    public static IReadOnlyDictionary<int, CellValue> ReadCells(MergedDataset dataset, ReadOnlyMemory<byte> document)
    {
        var cells = RecordCells.Read(dataset.Definition, document);
        var result = new Dictionary<int, CellValue>(cells.Values.Count(value => value is not null));
        for (var i = 0; i < cells.Values.Length; i++)
        {
            if (cells.Values[i] is { } value)
            {
                result.Add(dataset.Definition.Columns[i].Number, value);
            }
        }

        return result;
    }
}
