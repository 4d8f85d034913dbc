using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Pairs of records that break a constraint together at the base, which no branch has shown, and of which each side let
/// another one go: both would go, though whoever let one go did so for the other. The pair is settled again, by a side.
/// </summary>
/// <param name="records">Settled one by one; changed in place.</param>
/// <param name="settled">Their conflicts: a strategy that settles a pair leaves a record that was decided.</param>
internal sealed class CrosswisePairs(
    MergedSchemas schemas,
    MergeDecisions decisions,
    List<MergedRecord> records,
    IReadOnlyList<PlannedConflict> settled
)
{
    public List<PlannedConflict> Conflicts { get; } = [];

    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var decided = settled
            .Where(conflict => conflict.By == SettledBy.Decision)
            .Select(conflict => (conflict.Contract.Record.DatasetId, conflict.Contract.Record.RecordId))
            .ToHashSet();
        var pairs = await FindAsync(cancellationToken);
        var places = pairs.Count == 0 ? [] : PlacesOf(records);
        foreach (var pair in pairs)
        {
            var contract = PairSettler.ToContract(pair);
            var taken = PairSettler.SideOf(decisions, new(contract.ConflictId), contract);
            foreach (var record in taken is null ? [] : new[] { pair.Record!, pair.Other! })
            {
                if (contract.Resolution is null && decided.Contains((record.Dataset.Name, record.RecordId)))
                {
                    continue;
                }

                records[places[record.Row]] = record with
                {
                    Result = CellsOf(record, taken!.Value),
                    IsTakenBack = true,
                };
            }

            var by =
                taken is null ? SettledBy.Nobody
                : contract.Resolution is null ? SettledBy.Policy
                : SettledBy.Decision;
            Conflicts.Add(new(contract, by));
        }
    }

    // Pairs may be as many as records.
    private static Dictionary<DivergedRecord, int> PlacesOf(List<MergedRecord> records)
    {
        var places = new Dictionary<DivergedRecord, int>(records.Count, ReferenceEqualityComparer.Instance);
        foreach (var (place, record) in records.Index())
        {
            places.Add(record.Row, place);
        }

        return places;
    }

    private async Task<IReadOnlyList<BrokenPair>> FindAsync(CancellationToken cancellationToken)
    {
        var pairs = new List<BrokenPair>();
        foreach (var written in records.Where(record => record.Dataset.Kept is null).ToLookup(r => r.Dataset.Id))
        {
            var dataset = written.First().Dataset;
            foreach (var constraint in dataset.Definition.Constraints.Except(dataset.NewConstraints))
            {
                var held = written
                    .Select(record => (Record: record, By: HolderOf(record, constraint)))
                    .Where(one => one.By is not null)
                    .Select(one => (one.Record, one.By!.Value))
                    .ToList();
                pairs.AddRange(
                    constraint is ReferenceConstraint reference
                        ? await FindReferencesAsync(reference, held, cancellationToken)
                        : FindEqual((UniqueConstraint)constraint, held)
                );
            }
        }

        return pairs;
    }

    /// <summary>Two that have the same values: each side kept at most one of them.</summary>
    private static IEnumerable<BrokenPair> FindEqual(
        UniqueConstraint constraint,
        IReadOnlyList<(MergedRecord Record, MergeSide By)> held
    ) =>
        from one in held
        group one by Convert.ToHexString(ConstraintDigest.Of(constraint, AtBase(one.Record))!) into equal
        where equal.Select(one => one.By).Distinct().Count() == 2
        let first = equal.First()
        let second = equal.First(one => one.By != first.By)
        select new BrokenPair(ConflictKind.Uniqueness, constraint, first.Record, second.Record, second.Record.RecordId);

    /// <summary>One that refers to what is gone: a side that kept it brought that back, the other did not.</summary>
    private async Task<IEnumerable<BrokenPair>> FindReferencesAsync(
        ReferenceConstraint constraint,
        IReadOnlyList<(MergedRecord Record, MergeSide By)> held,
        CancellationToken cancellationToken
    )
    {
        if (held.Count == 0 || await schemas.FindAsync(constraint.DatasetId, cancellationToken) is not { } target)
        {
            return [];
        }

        var back = records
            .Where(record =>
                record.Dataset is { Kept: null } dataset
                && dataset.Id == target.Id
                && record.Merge.Sides.Base is { Cells: null, IsOpen: false }
            )
            .ToDictionary(record => Convert.ToHexString(record.Row.Key.Span), StringComparer.Ordinal);
        return from one in held
            let key = Convert.ToHexString(ConstraintDigest.ReferencedKey(constraint, AtBase(one.Record))!)
            let other = back.GetValueOrDefault(key)
            where other is not null && CellsOf(other, one.By) is not null && CellsOf(other, OtherThan(one.By)) is null
            select new BrokenPair(ConflictKind.Reference, constraint, one.Record, other, other.RecordId);
    }

    /// <summary>
    /// The one side that has what the base has in the constraint's columns; null: none, both, or there is no value.
    /// </summary>
    private static MergeSide? HolderOf(MergedRecord record, DatasetConstraint constraint)
    {
        var atBase = record.Merge.Sides.Base.Cells;
        if (atBase is null || !constraint.Columns.All(atBase.ContainsKey))
        {
            return null;
        }

        var (source, target) = (Holds(MergeSide.Source), Holds(MergeSide.Target));
        return source == target ? null
            : source ? MergeSide.Source
            : MergeSide.Target;

        bool Holds(MergeSide side) =>
            CellsOf(record, side) is { } cells
            && constraint.Columns.All(column =>
                cells.TryGetValue(column, out var value) && ValueRules.Instance.Equals(value, atBase[column])
            );
    }

    private static RecordCells AtBase(MergedRecord record) =>
        MergedRecord.CellsOf(record.Dataset, record.Merge.Sides.Base.Cells)!.Value;

    private static IReadOnlyDictionary<int, CellValue>? CellsOf(MergedRecord record, MergeSide side) =>
        side == MergeSide.Source ? record.Merge.Sides.Source.Cells : record.Merge.Sides.Target.Cells;

    private static MergeSide OtherThan(MergeSide side) =>
        side == MergeSide.Source ? MergeSide.Target : MergeSide.Source;
}
