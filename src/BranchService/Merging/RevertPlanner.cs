using Dendrite.Errors;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Plans the undoing of a commit: the state before it merges into the head, against the state after it. So what came
/// later stays, and where it touched the same cells, there is a conflict. Thread-safe.
/// </summary>
public sealed class RevertPlanner(
    CommitChanges changes,
    DivergedRecords divergedRecords,
    DivergedRows divergedRows,
    SignalReverting signalReverting,
    RevertedDatasets revertedDatasets,
    ReturningRecords returning,
    NarrowedColumns narrowed,
    DatasetReferences references,
    StandingRecords standing,
    RecordReader reader,
    MergePlanner planner,
    MergeLimits limits
)
{
    private const int MaxDatasets = 10_000;

    /// <summary>Records of one round trip.</summary>
    private const int PageSize = 1_000;

    /// <exception cref="DendriteException">
    /// COMMIT_NOT_FOUND; NOT_REVERTIBLE: it added samples to a stream that was there before, or deleted a dataset whose
    /// name another one has now, or the branch does not see it. QUOTA_EXCEEDED: more differs than one goes through.
    /// </exception>
    internal async Task<MergePlan> PlanAsync(MergeWork work, CommitVersion version, CancellationToken cancellationToken)
    {
        var head = work.Heads.Target.Snapshot;
        var sides = await changes.ReadAsync(work.Project, version, head, cancellationToken);
        if (!sides.IsSeen)
        {
            throw new DendriteException(
                ErrorReason.NotRevertible,
                $"The branch does not see commit {version}: only what it has can be undone in it."
            );
        }

        // What the commit wrote, or merged, lies between before and after.
        var made = new DivergedView(work.Project, sides.Before, sides.Before, sides.After);
        var signals = await signalReverting.PlanAsync(work, made, version, cancellationToken);
        var (schemas, brought, conflicts) = await MergeSchemasAsync(work, made, version, cancellationToken);
        if (schemas.Failures.Count > 0)
        {
            return MergePlan.Broken(work, schemas);
        }

        var records = await MergeRecordsAsync(work, made, (schemas, brought), conflicts, cancellationToken);
        var (failures, broken) = await planner.CheckAsync(work, schemas, records, cancellationToken);
        var novel = await planner.CheckNovelAsync(work, schemas, records, cancellationToken);
        var view = new RecordView(work.Project, head);
        var missing = await references.CheckAsync(schemas, view, cancellationToken);
        var others = await standing.CheckAsync(schemas, records, view, cancellationToken);
        var commit = new MergeCommit(work.Author, work.Message)
        {
            Kind = CommitKind.Revert,
            Datasets = schemas.Restated,
            Records = [.. records.Where(record => record.DiffersFromTarget).Select(record => record.ToChange())],
            Rows = signals.Restated,
            MovedStreams = signals.MovedStreams,
        };
        commit = commit with { Statistics = new Dictionary<string, long> { ["records"] = commit.Records.Count } };
        return new(work.Heads, commit)
        {
            Conflicts = [.. conflicts, .. broken, .. signals.Conflicts],
            Failures = [.. missing, .. failures, .. others, .. novel.Failures],
            Lookups = novel.Lookups,
            Unmet = work.Decisions.Unmet,
        };
    }

    private async Task<(
        MergedSchemas Schemas,
        IReadOnlySet<DatasetId> Brought,
        List<PlannedConflict> Conflicts
    )> MergeSchemasAsync(MergeWork work, DivergedView made, CommitVersion version, CancellationToken cancellationToken)
    {
        var head = new RecordView(work.Project, work.Heads.Target.Snapshot);
        var touched = await divergedRows.ListAsync(made, VersionedTable.Dataset, MaxDatasets, cancellationToken);
        var ids = touched.Select(row => MergedDataset.IdOf((row.Target ?? row.Source)!.Columns).Value).ToList();
        var now = await divergedRows.FindAsync(head, VersionedTable.Dataset, ids, cancellationToken);
        var rows = touched
            .Zip(ids, (row, id) => row with { Base = row.Target, Source = row.Base, Target = now[id] })
            .Select(row => row with { Sides = DivergedSides.Both })
            .ToList();
        var counts = await divergedRecords.CountAsync(made, cancellationToken);
        var schemas = new MergedSchemas(divergedRows, head) { IsAlone = true };
        await revertedDatasets.DemandFreeNamesAsync(head, rows, version, cancellationToken);
        var since = new DivergedView(work.Project, made.Target, made.Target, head.Snapshot);
        var shown = await revertedDatasets.CountSinceAsync(since, rows, cancellationToken);
        await schemas.MergeAsync(rows, (since, shown), work.Decisions, cancellationToken);
        await CheckTypesAsync(work, made, (schemas, rows), cancellationToken);
        await schemas.LoadAsync(counts.Select(count => count.Dataset), cancellationToken);
        await references.RenewAsync(schemas, head, cancellationToken);
        limits.Demand(counts, schemas);
        var coming = rows.Where(row => row.Target is not { IsLive: true })
            .Select(row => MergedDataset.IdOf((row.Target ?? row.Source)!.Columns));
        var brought = await returning.FindDatasetsAsync(since, schemas, [.. coming], cancellationToken);
        return (schemas, brought, [.. schemas.Conflicts]);
    }

    /// <summary>What was written under a wider type, by the commit or since, must be read under the former.</summary>
    private async Task CheckTypesAsync(
        MergeWork work,
        DivergedView made,
        (MergedSchemas Schemas, IReadOnlyList<DivergedRow> Rows) merged,
        CancellationToken cancellationToken
    )
    {
        var since = new DivergedView(work.Project, made.Base, made.Base, work.Heads.Target.Snapshot);
        foreach (var row in merged.Rows)
        {
            var id = MergedDataset.IdOf((row.Target ?? row.Source)!.Columns);
            if (merged.Schemas.Find(id) is { IsDeleted: false } dataset)
            {
                var was = new[] { row.Base, row.Target }
                    .OfType<VersionedSide>()
                    .Select(side => MergedDataset.DefinitionOf(side.Columns))
                    .ToList();
                merged.Schemas.Failures.AddRange(
                    row.Target is { IsLive: true }
                        ? await narrowed.CheckAsync(since, dataset, was, work.Branch, cancellationToken)
                        : await narrowed.CheckReturningAsync(since, dataset, work.Branch, cancellationToken)
                );
            }
        }
    }

    private async Task<List<MergedRecord>> MergeRecordsAsync(
        MergeWork work,
        DivergedView made,
        (MergedSchemas Schemas, IReadOnlySet<DatasetId> Brought) merged,
        List<PlannedConflict> conflicts,
        CancellationToken cancellationToken
    )
    {
        var (schemas, brought) = merged;
        var head = new RecordView(work.Project, work.Heads.Target.Snapshot);
        var merging = new RecordMerging(work.Decisions);
        var records = new List<MergedRecord>();
        var documents = limits.Begin();
        var touched = new List<DivergedRecord>();
        await foreach (var row in divergedRecords.StreamAsync(made, DivergedSides.None, cancellationToken))
        {
            if (schemas.Find(row.Dataset) is { IsDeleted: false })
            {
                documents.Add(row);
                touched.Add(row);
            }
        }

        var since = new DivergedView(work.Project, made.Target, made.Target, head.Snapshot);
        var found = await returning.ListAsync(since, schemas, brought, documents, cancellationToken);
        var joined = found.ToDictionary(one => PlaceOf(one.Row), one => one.Joined);
        var known = touched.Select(PlaceOf).ToHashSet();
        // The commit did nothing to these: they stay as they come together.
        touched.AddRange(
            from one in joined
            where !known.Contains(one.Key)
            select new DivergedRecord(one.Key.Dataset, one.Value.Key, one.Value, one.Value, one.Value)
        );
        foreach (var dataset in touched.GroupBy(row => row.Dataset))
        {
            foreach (var rows in dataset.Chunk(PageSize))
            {
                var now = await reader.GetAsync(head, dataset.Key, [.. rows.Select(row => row.Key)], cancellationToken);
                records.AddRange(rows.Zip(now, (row, shown) => Merge(row, shown)));
            }
        }

        conflicts.AddRange(merging.Conflicts);
        return records;

        // Where nobody wrote it since, one row is both what the commit left and what is there now.
        MergedRecord Merge(DivergedRecord row, StoredRecord? shown)
        {
            var dataset = schemas.Find(row.Dataset)!;
            var now = shown is not null && row.Target?.IsAt(shown.Version, shown.Timeline) == true ? row.Target : shown;
            documents.Add(ReferenceEquals(now, row.Target) ? null : now);
            if (joined.TryGetValue(PlaceOf(row), out var all))
            {
                return merging.Merge(dataset, Of(all)).Beside(Of(shown));
            }

            return merging.Merge(dataset, Of(now));

            DivergedRecord Of(StoredRecord? target) =>
                new(row.Dataset, row.Key, row.Target, row.Base, target) { Sides = DivergedSides.Both };
        }
    }

    private static (DatasetId Dataset, string Key) PlaceOf(DivergedRecord row) =>
        (row.Dataset, Convert.ToHexString(row.Key.Span));
}
