using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Settles pairs of records that break a constraint together: the side that is taken keeps its record, and the other
/// side's goes back to what it was at the base. A reference whose target is gone: the side that refers brings it back,
/// or the side that deleted undoes the reference.
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
            var side =
                pair is { Record: { } record, Other: { } other }
                && SideOf(decisions, new(contract.ConflictId), contract) is { } taken
                    ? TakeBack(pair, taken, record, other)
                    : (bool?)null;
            Conflicts.Add(
                new(
                    contract,
                    side is null ? SettledBy.Nobody
                        : contract.Resolution is null ? SettledBy.Policy
                        : SettledBy.Decision
                )
            );
        }
    }

    /// <summary>The side that a decision or the strategy takes; null: none. Notes it in the conflict.</summary>
    public static MergeSide? SideOf(MergeDecisions decisions, ConflictId id, V1.Conflict contract)
    {
        if (decisions.Find(id) is { DecisionCase: V1.Resolution.DecisionOneofCase.Side } resolution)
        {
            var side = MergeDecisions.SideOf(resolution.Side);
            if (side != MergeSide.Base)
            {
                contract.Resolution = resolution;
                return side;
            }
        }

        return decisions.Strategy switch
        {
            MergeStrategy.TakeSource => MergeSide.Source,
            MergeStrategy.TakeTarget => MergeSide.Target,
            _ => null,
        };
    }

    private bool? TakeBack(BrokenPair pair, MergeSide taken, MergedRecord record, MergedRecord other)
    {
        // What both sides wrote counts as the source's; then the other is the target's.
        var recordIsOfSource = record.Row.Sides.HasFlag(Storage.Records.DivergedSides.Source);
        var loser = recordIsOfSource == (taken == MergeSide.Source) ? other : record;
        var index = records.IndexOf(loser);
        var before = loser.Merge.Sides.Base.Cells;
        if (index < 0 || RecordMerging.Merger.AreEqual(before, loser.Result))
        {
            return null;
        }

        records[index] = loser with { Result = before };
        HasChanged = true;
        return true;
    }

    private static V1.Conflict ToContract(BrokenPair pair)
    {
        var dataset = pair.Dataset ?? pair.Record!.Dataset;
        var record = pair.Referring.Length > 0 ? pair.Referring : pair.Record!.RecordId;
        var id = ConflictId.Of(pair.Kind, $"{dataset.Id}", pair.Constraint.Name, record, pair.OtherId);
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
}
