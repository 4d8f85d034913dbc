using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Plans merges: reads what lies beyond the base on either side, and nothing else, merges definitions, then records
/// under them, then what belongs to signals, and checks what comes together. Thread-safe; takes no lock.
/// </summary>
public sealed class MergePlanner(
    DivergedRecords divergedRecords,
    CrosswiseRecords crosswise,
    RecordAncestors ancestors,
    DivergedRows divergedRows,
    StreamOverlaps overlaps,
    SampleClashes clashes,
    RecordReader reader,
    RecordLookups lookups,
    NarrowedColumns narrowed,
    MergeLimits limits
)
{
    /// <summary>Datasets that one project may have changed on two branches.</summary>
    private const int MaxDatasets = 10_000;

    /// <summary>How often records are taken back because they break a constraint with records that win.</summary>
    private const int MaxRounds = 10;

    /// <summary>Plans a merge.</summary>
    /// <exception cref="Errors.DendriteException">
    /// INVALID_ARGUMENT: a decision does not fit its conflict. QUOTA_EXCEEDED: more differs than a merge goes through.
    /// </exception>
    internal async Task<MergePlan> PlanAsync(MergeWork work, CancellationToken cancellationToken)
    {
        var view = work.Heads.ViewOf(work.Project);
        var schemas = await MergeSchemasAsync(work, view, cancellationToken);
        if (schemas.Failures.Count > 0)
        {
            return MergePlan.Broken(work, schemas);
        }

        var (records, conflicts) = await MergeRecordsAsync(work, view, schemas, cancellationToken);
        var signals = new SignalMerging(divergedRows, overlaps, clashes, work.Decisions);
        await signals.MergeAsync(view, cancellationToken);
        var found = schemas.Conflicts.Concat(conflicts).ToList();
        var (failures, broken) = await CheckAsync(work, schemas, records, cancellationToken);
        // Two that decisions bring back together are broken here again, and one conflict all the same.
        found.AddRange(broken.ExceptBy(found.Select(IdOf), IdOf));
        found.AddRange(signals.Conflicts);
        var novel = await CheckNovelAsync(work, schemas, records, cancellationToken);
        var plan = Complete(work, (schemas, records, signals), found, failures);
        return plan with { Lookups = [.. plan.Lookups, .. novel.Lookups] };

        static string IdOf(PlannedConflict conflict) => conflict.Contract.ConflictId;
    }

    /// <summary>
    /// Checks results and takes back what loses against the other side; see <see cref="PairSettler"/>. Changes
    /// <paramref name="records"/>.
    /// </summary>
    internal async Task<(IReadOnlyList<V1.CheckFailure> Failures, IReadOnlyList<PlannedConflict> Broken)> CheckAsync(
        MergeWork work,
        MergedSchemas schemas,
        List<MergedRecord> records,
        CancellationToken cancellationToken
    )
    {
        var settled = new List<PlannedConflict>();
        for (var round = 0; ; round++)
        {
            var union = new RecordView(work.Project, work.Heads.Union);
            var checks = new ConstraintChecks(
                (reader, lookups),
                union,
                name => schemas.FindAsync(name, cancellationToken),
                work.Heads.Order == SnapshotOrder.Equal
            );
            await checks.CheckAsync(records, schemas.NewlyConstrained, work.Branch, cancellationToken);
            var pairs = new PairSettler(work.Decisions, records);
            pairs.Settle(checks.Broken);
            if (pairs.HasChanged && round < MaxRounds)
            {
                settled.AddRange(pairs.Conflicts.Where(conflict => !conflict.IsUndecided));
                continue;
            }

            return (checks.Failures, [.. settled, .. pairs.Conflicts]);
        }
    }

    /// <summary>Holds all records to constraints that are new to them; see <see cref="NovelRules"/>.</summary>
    /// <param name="records">With the results that <see cref="CheckAsync"/> leaves.</param>
    internal async Task<NovelRules> CheckNovelAsync(
        MergeWork work,
        MergedSchemas schemas,
        IEnumerable<MergedRecord> records,
        CancellationToken cancellationToken
    )
    {
        var isAlone = work.Heads.Order == SnapshotOrder.Equal;
        var rules = new NovelRules(reader, new(work.Project, work.Heads.Union), work.Branch, isAlone);
        await rules.CheckAsync(schemas, records, cancellationToken);
        return rules;
    }

    private async Task<MergedSchemas> MergeSchemasAsync(
        MergeWork work,
        DivergedView view,
        CancellationToken cancellationToken
    )
    {
        var changed = await divergedRows.ListAsync(view, VersionedTable.Dataset, MaxDatasets, cancellationToken);
        var rows = changed.Select(DefinitionBase.Join).ToList();
        var counts = await divergedRecords.CountAsync(view, cancellationToken);
        var schemas = new MergedSchemas(divergedRows, new(work.Project, work.Heads.Union));
        await schemas.MergeAsync(rows, (view, counts), work.Decisions, cancellationToken);
        foreach (var row in rows)
        {
            var id = MergedDataset.IdOf((row.Target ?? row.Source)!.Columns);
            if (schemas.Failures.Count == 0 && schemas.Find(id) is { IsDeleted: false } dataset)
            {
                schemas.Failures.AddRange(
                    await narrowed.CheckSidesAsync(view, dataset, row, work.Branch, cancellationToken)
                );
            }
        }

        await schemas.LoadAsync(counts.Select(count => count.Dataset), cancellationToken);
        limits.Demand(counts, schemas);
        return schemas;
    }

    private async Task<(List<MergedRecord> Records, IReadOnlyList<PlannedConflict> Conflicts)> MergeRecordsAsync(
        MergeWork work,
        DivergedView view,
        MergedSchemas schemas,
        CancellationToken cancellationToken
    )
    {
        var merging = new RecordMerging(work.Decisions);
        var compared = new List<ComparedRecord>();
        var documents = limits.Begin();
        await foreach (var row in divergedRecords.StreamAsync(view, DivergedSides.None, cancellationToken))
        {
            if (schemas.Find(row.Dataset) is { IsDeleted: false } dataset)
            {
                documents.Add(row);
                compared.Add(merging.Compare(dataset, row));
            }
        }

        await new CrosswiseMerging(crosswise, merging, work.Decisions).CompareAsync(view, compared, cancellationToken);
        await new CellOrigins(ancestors, work.Decisions, documents).AddAsync(view, compared, cancellationToken);
        var records = compared.Select(merging.Settle).ToList();
        var pairs = new CrosswisePairs(schemas, work.Decisions, records, merging.Conflicts);
        await pairs.SettleAsync(cancellationToken);
        return (records, [.. merging.Conflicts, .. pairs.Conflicts]);
    }

    private static MergePlan Complete(
        MergeWork work,
        (MergedSchemas Schemas, List<MergedRecord> Records, SignalMerging Signals) merged,
        List<PlannedConflict> conflicts,
        IReadOnlyList<V1.CheckFailure> failures
    )
    {
        var (schemas, records, signals) = merged;
        var counts = CountsOf(records);
        counts.StreamsChanged = signals.StreamsChanged;
        counts.SamplesAdded = signals.SamplesAdded;
        counts.Conflicts = conflicts.Count;
        counts.UndecidedConflicts = conflicts.Count(conflict => conflict.IsUndecided);
        var byRestated = records.ToLookup(record => RestatedBy(record) == MergeWrite.Restate);
        var commit = new MergeCommit(work.Author, work.Message)
        {
            Datasets = schemas.Restated,
            Records = [.. byRestated[true].Select(record => record.ToChange())],
            Rows = signals.Restated,
            MovedStreams = signals.MovedStreams,
            Statistics = new Dictionary<string, long>
            {
                ["records"] = counts.RecordsAdded + counts.RecordsChanged + counts.RecordsDeleted,
                ["samples"] = counts.SamplesAdded,
            },
        };
        return new(work.Heads, commit)
        {
            Conflicts = conflicts,
            Failures = failures,
            Counts = counts,
            Unmet = work.Decisions.Unmet,
            Lookups = [.. byRestated[false].SelectMany(NewLookupsOf)],
        };
    }

    private static MergeWrite RestatedBy(MergedRecord record)
    {
        var sides = record.Merge.Sides;
        var kept = record.Dataset.Kept switch
        {
            MergeSide.Source => sides.Source,
            MergeSide.Target => sides.Target,
            MergeSide.Base => sides.Base,
            _ => null,
        };
        // Rows of the side that deleted the dataset were not read, and say nothing; to give them up is a choice.
        return
            record.IsTakenBack || (kept is not null && (sides.BothWrote || kept.Version != sides.UnionWinner.Version))
            ? MergeWrite.Restate
            : RecordMerging.Merger.Find(record.Merge, record.Result);
    }

    private static V1.MergeCounts CountsOf(List<MergedRecord> records)
    {
        var counts = new V1.MergeCounts();
        foreach (var record in records)
        {
            var before = record.Merge.Sides.Target.Cells;
            if (RecordMerging.Merger.AreEqual(before, record.Result))
            {
                continue;
            }

            counts.RecordsAdded += before is null ? 1 : 0;
            counts.RecordsDeleted += record.Result is null ? 1 : 0;
            counts.RecordsChanged += before is not null && record.Result is not null ? 1 : 0;
        }

        return counts;
    }

    /// <summary>A record that stands as a side wrote it, which did not know the other side's new constraints.</summary>
    private static IEnumerable<(DatasetId, StoredRecord, RuleDigest)> NewLookupsOf(MergedRecord record)
    {
        var winner =
            record.Merge.Sides.UnionWinner == record.Merge.Sides.Source ? record.Row.Source : record.Row.Target;
        return record.Cells is { } cells && winner is not null && record.Dataset.NewConstraints.Any()
            ? MergedRecord.LookupsOf(cells).Select(entry => (record.Dataset.Id, winner, entry))
            : [];
    }
}
