using Dendrite.Records.Cells;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Settles pairs of records that break a constraint together: the side that is taken keeps its record, and the other
/// side's goes back to what the side that is taken has of it. A reference whose target is gone: the side that refers
/// brings it back, or the side that deleted undoes the reference.
/// </summary>
internal sealed class PairSettler(MergeDecisions decisions, List<MergedRecord> records)
{
    public List<PlannedConflict> Conflicts { get; } = [];

    /// <summary>Records were taken back, so everything is to be checked once more.</summary>
    public bool HasChanged { get; private set; }

    public void Settle(IReadOnlyList<BrokenPair> broken)
    {
        foreach (var pair in broken)
        {
            var contract = ToContract(pair);
            var by = Settle(pair, contract);
            Conflicts.Add(new(contract, by));
        }
    }

    private SettledBy Settle(BrokenPair pair, V1.Conflict contract)
    {
        var id = new ConflictId(contract.ConflictId);
        if (pair is not { Record: { } record, Other: { } other })
        {
            decisions.Refuse(id, "neither side wrote one of the two records; correct one of them in its branch");
            return SettledBy.Nobody;
        }

        if (SideOf(decisions, id, contract) is not { } taken)
        {
            return SettledBy.Nobody;
        }

        if (TakeBack(pair, taken, record, other))
        {
            return contract.Resolution is null ? SettledBy.Policy : SettledBy.Decision;
        }

        if (contract.Resolution is not null && IsOf(taken, record) && IsOf(taken, other))
        {
            var name = $"{taken}".ToUpperInvariant();
            decisions.LeaveOut(
                id,
                $"takes {name}, which has both records as they break '{pair.Constraint.Name}': take the other side, "
                    + "or correct one of the records in its branch"
            );
            contract.Resolution = null;
        }

        return SettledBy.Nobody;
    }

    /// <summary>The side that a decision or the strategy takes; null: none. Notes it in the conflict.</summary>
    /// <exception cref="Errors.DendriteException">INVALID_ARGUMENT: the decision takes no side of the two.</exception>
    public static MergeSide? SideOf(MergeDecisions decisions, ConflictId id, V1.Conflict contract)
    {
        if (decisions.FindSide(id, MergeSide.Source, MergeSide.Target) is { } side)
        {
            contract.Resolution = decisions.Find(id);
            return side;
        }

        return decisions.Strategy switch
        {
            MergeStrategy.TakeSource => MergeSide.Source,
            MergeStrategy.TakeTarget => MergeSide.Target,
            _ => null,
        };
    }

    /// <summary>
    /// Gives the record of the side that loses as the side that is taken has it: what that side did to both records
    /// stays. One that went back already may meet another of its own side, which goes back then. False where the side
    /// that is taken has both the same, so that taking it settles nothing.
    /// </summary>
    private bool TakeBack(BrokenPair pair, MergeSide taken, MergedRecord record, MergedRecord other)
    {
        var isOther = IsOfSource(pair, record, other) == (taken == MergeSide.Source);
        foreach (var loser in isOther ? [other, record] : new[] { record, other })
        {
            var index = records.IndexOf(loser);
            if (index < 0)
            {
                // Taken back for another pair of this round: whether this one is broken still, the next one tells.
                return false;
            }

            var before = CellsOf(taken, loser);
            if (!RecordMerging.Merger.AreEqual(before, loser.Result))
            {
                records[index] = loser with { Result = before, IsTakenBack = true };
                HasChanged = true;
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a record is as a side has it, also after this round.</summary>
    private bool IsOf(MergeSide side, MergedRecord record) =>
        records.Contains(record) && RecordMerging.Merger.AreEqual(CellsOf(side, record), record.Result);

    private static IReadOnlyDictionary<int, CellValue>? CellsOf(MergeSide side, MergedRecord record) =>
        side == MergeSide.Source ? record.Merge.Sides.Source.Cells : record.Merge.Sides.Target.Cells;

    /// <summary>
    /// Whether the first record came to break the constraint by the source, and so the other by the target. Each side
    /// alone met it, so what only one side wrote tells; of two that both wrote, whose values the result has.
    /// </summary>
    private static bool IsOfSource(BrokenPair pair, MergedRecord record, MergedRecord other)
    {
        var (one, two) = (record.Row.Sides, other.Row.Sides);
        if (one != DivergedSides.Both || two != DivergedSides.Both)
        {
            return one == DivergedSides.Both ? !two.HasFlag(DivergedSides.Source) : one.HasFlag(DivergedSides.Source);
        }

        var (ofSource, ofTarget) = (Has(record, MergeSide.Source), Has(record, MergeSide.Target));
        return ofSource == ofTarget ? Has(other, MergeSide.Target) || !Has(other, MergeSide.Source) : ofSource;

        // Of a reference the other record is gone, and whoever has none of it deleted it.
        bool Has(MergedRecord of, MergeSide side)
        {
            var cells = CellsOf(side, of);
            return cells is null || of.Result is null
                ? cells is null && of.Result is null
                : pair.Constraint.Columns.All(column => ValueAt(cells, column) == ValueAt(of.Result, column));
        }
    }

    private static CellValue? ValueAt(IReadOnlyDictionary<int, CellValue> cells, int column) =>
        cells.TryGetValue(column, out var value) ? value : null;

    public static V1.Conflict ToContract(BrokenPair pair)
    {
        var dataset = pair.Dataset ?? pair.Record!.Dataset;
        var record = pair.Referring.Length > 0 ? pair.Referring : pair.Record!.RecordId;
        // The record of the side that is not taken goes back whole.
        var values = new[] { pair.Record, pair.Other }.SelectMany(ValuesOf);
        var id = ConflictId.Of(pair.Kind, [$"{dataset.Id}", pair.Constraint.Name, record, pair.OtherId, .. values]);
        return new()
        {
            ConflictId = id.Value,
            Kind = (V1.ConflictKind)(int)pair.Kind,
            Record = new()
            {
                DatasetId = dataset.Name,
                RecordId = record,
                OtherRecordId = pair.OtherId,
                Constraint = pair.Constraint.Name,
                SourceVersion = pair.Record?.Row.Source?.Version.Value ?? 0,
                TargetVersion = pair.Record?.Row.Target?.Version.Value ?? 0,
            },
        };
    }

    /// <summary>All that the sides have of a record, cells in their order; of none, that neither wrote it.</summary>
    private static IEnumerable<string> ValuesOf(MergedRecord? record) =>
        record is null
            ? [""]
            : new[] { record.Merge.Sides.Source.Cells, record.Merge.Sides.Target.Cells }.SelectMany(cells =>
                (cells ?? new Dictionary<int, CellValue>())
                    .OrderBy(cell => cell.Key)
                    .SelectMany(cell => new[] { $"{cell.Key}", ValueRules.Instance.ToCanonicalText(cell.Value) })
                    .Prepend(cells is null ? "none" : "some")
            );
}
