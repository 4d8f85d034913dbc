using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.BranchService.Merging;

/// <summary>What a pick would write.</summary>
internal sealed record PickPlan(MergeCommit Commit, IReadOnlyList<V1.CheckFailure> Failures)
{
    public long Written { get; init; }

    public long Deleted { get; init; }

    public long Unchanged { get; init; }

    /// <summary>As those of a merge.</summary>
    public IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> Lookups { get; init; } = [];

    /// <summary>Names of datasets that the target did not have.</summary>
    public IReadOnlyList<string> Restored { get; init; } = [];
}

/// <summary>
/// Plans the copying of chosen records from any snapshot: by id, by filter, whole datasets, or one subject across all
/// datasets that have the filter's columns. Values are written under the target's columns, and cells of those that the
/// source does not have stay; a dataset that the target does not have comes back as the source has it. Thread-safe.
/// </summary>
public sealed class PickPlanner(
    SnapshotReader snapshots,
    PickedDatasets datasets,
    DatasetReferences references,
    StandingRecords standing,
    DivergedRows rows,
    RecordReader reader,
    MergePlanner planner,
    MergeLimits limits
)
{
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT, BRANCH_NOT_FOUND, DATASET_MISMATCH, QUOTA_EXCEEDED, …
    /// </exception>
    internal async Task<PickPlan> PlanAsync(
        ProjectId project,
        PickRequest request,
        BranchSnapshot head,
        string author,
        CancellationToken cancellationToken
    )
    {
        var source = await snapshots.ReadAsync(
            project,
            request.Source?.Branch ?? request.Target.Branch,
            request.Point,
            cancellationToken
        );
        var (from, into) = (new RecordView(project, source.Snapshot), new RecordView(project, head.Snapshot));
        var schemas = new MergedSchemas(rows, into);
        var picked = new PickedRecords(reader, limits, request, from, into);
        foreach (var dataset in await datasets.FindAsync(request, from, into, cancellationToken))
        {
            await PickAsync(dataset, picked, (schemas, from, into, request.Target.ToString()), cancellationToken);
        }

        var message = request.Message.Length > 0 ? request.Message : $"Pick from {request.Source?.Branch ?? "a tag"}";
        var work = new MergeWork(project, request.Target.ToString(), MergeHeads.Alone(head), new())
        {
            Author = author,
            Message = message,
        };
        var (failures, lookups) = await CheckAsync(work, schemas, picked, cancellationToken);
        var commit = new MergeCommit(author, message)
        {
            Kind = CommitKind.Pick,
            Datasets = schemas.Restated,
            Records = [.. picked.Changed.Select(record => record.ToChange())],
            Statistics = new Dictionary<string, long> { ["records"] = picked.Changed.Count },
        };
        return new(commit, failures)
        {
            Written = picked.Written,
            Deleted = picked.Deleted,
            Unchanged = picked.Unchanged,
            Lookups = lookups,
            Restored = [.. schemas.Restated.Select(dataset => dataset.Name).Order(StringComparer.Ordinal)],
        };
    }

    private async Task PickAsync(
        PickedDataset dataset,
        PickedRecords picked,
        (MergedSchemas Schemas, RecordView From, RecordView Into, string Branch) state,
        CancellationToken cancellationToken
    )
    {
        if (dataset.Target is not null)
        {
            await state.Schemas.LoadAsync([dataset.Id], cancellationToken);
            var shown = state.Schemas.Find(dataset.Id)!;
            await picked.AddAsync(shown, dataset.SourceDefinition, cancellationToken);
            return;
        }

        var isRestored = await picked.RestoreAsync(
            dataset.ToRestored(),
            () => datasets.DemandReadableAsync(dataset, (state.From, state.Into), state.Branch, cancellationToken),
            cancellationToken
        );
        if (isRestored)
        {
            await datasets.RestoreAsync(dataset, state.Schemas, state.Into, cancellationToken);
        }
    }

    /// <summary>Constraints that do not hold; those of records only where all datasets have what they need.</summary>
    private async Task<(
        IReadOnlyList<V1.CheckFailure> Failures,
        IReadOnlyList<(DatasetId, StoredRecord, RuleDigest)> Lookups
    )> CheckAsync(MergeWork work, MergedSchemas schemas, PickedRecords picked, CancellationToken cancellationToken)
    {
        var head = new RecordView(work.Project, work.Heads.Target.Snapshot);
        if (await references.CheckAsync(schemas, head, cancellationToken) is { Count: > 0 } missing)
        {
            return (missing, []);
        }

        var (failures, broken) = await planner.CheckAsync(work, schemas, picked.Changed, cancellationToken);
        var others = await standing.CheckAsync(schemas, picked.Changed, head, cancellationToken);
        var novel = await planner.CheckNovelAsync(work, schemas, picked.Changed, cancellationToken);
        return ([.. failures, .. broken.Select(FailureOf), .. others, .. novel.Failures], novel.Lookups);
    }

    private static V1.CheckFailure FailureOf(PlannedConflict conflict) =>
        new() { Check = conflict.Contract.Record.Constraint, Message = $"{MergeErrors.Describe(conflict)}." };
}
