using System.Text;
using Dendrite.Contracts.Cells;
using Dendrite.Errors;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
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
}

/// <summary>
/// Plans the copying of chosen records from any snapshot: by id, by filter, whole datasets, or one subject across all
/// datasets that have the filter's columns. Values are written under the target's columns. Thread-safe.
/// </summary>
public sealed class PickPlanner(
    SnapshotReader snapshots,
    DatasetStore datasets,
    DivergedRows rows,
    RecordReader reader,
    MergePlanner planner
)
{
    private const int MaxDatasets = 10_000;

    /// <exception cref="DendriteException">DATASET_NOT_FOUND, INVALID_ARGUMENT, BRANCH_NOT_FOUND, …</exception>
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
        var picked = new List<MergedRecord>();
        foreach (var dataset in await FindDatasetsAsync(request, into, schemas, cancellationToken))
        {
            picked.AddRange(await PickAsync(dataset, request, (from, into), cancellationToken));
        }

        var changed = picked
            .Where(record => !RecordMerging.Merger.AreEqual(record.Result, record.Merge.Sides.Target.Cells))
            .ToList();
        var message = request.Message.Length > 0 ? request.Message : $"Pick from {request.Source?.Branch ?? "a tag"}";
        var work = new MergeWork(project, request.Target.ToString(), MergeHeads.Alone(head), new())
        {
            Author = author,
            Message = message,
        };
        var (failures, broken) = await planner.CheckAsync(work, schemas, changed, cancellationToken);
        var commit = new MergeCommit(author, message)
        {
            Kind = CommitKind.Pick,
            Records = [.. changed.Select(record => record.ToChange())],
            Statistics = new Dictionary<string, long> { ["records"] = changed.Count },
        };
        return new(commit, [.. failures, .. broken.Select(FailureOf)])
        {
            Written = changed.Count(record => record.Result is not null),
            Deleted = changed.Count(record => record.Result is null),
            Unchanged = picked.Count - changed.Count,
        };
    }

    private async Task<List<MergedDataset>> FindDatasetsAsync(
        PickRequest request,
        RecordView into,
        MergedSchemas schemas,
        CancellationToken cancellationToken
    )
    {
        var all =
            request.Dataset.Length > 0
                ?
                [
                    await datasets.FindAsync(into, request.Dataset, cancellationToken)
                        ?? throw DendriteException.Invalid(
                            "dataset_id",
                            $"'{request.Dataset}' is no dataset of the target"
                        ),
                ]
                : await datasets.ListAsync(into, "", MaxDatasets, cancellationToken);
        await schemas.LoadAsync(all.Select(dataset => dataset.Id), cancellationToken);
        var fitting = all.Select(dataset => schemas.Find(dataset.Id)!)
            .Where(dataset => RecordFilter.Fits(request.Filter, dataset.Definition))
            .ToList();
        return fitting.Count > 0
            ? fitting
            : throw DendriteException.Invalid("filter", "speaks of columns that no such dataset of the target has");
    }

    private async Task<IEnumerable<MergedRecord>> PickAsync(
        MergedDataset dataset,
        PickRequest request,
        (RecordView From, RecordView Into) views,
        CancellationToken cancellationToken
    )
    {
        var keys = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var id in request.RecordIds)
        {
            var values = RecordId.Parse(id, dataset.Definition.KeyTypes.AsSpan(), out var problem);
            var key = RecordKey.Encode(
                (values ?? throw DendriteException.Invalid("record_ids", $"'{id}' {problem}")).AsSpan()
            );
            keys[Convert.ToHexString(key)] = key;
        }

        if (request.RecordIds.Count == 0)
        {
            await AddMatchingAsync(keys, dataset, request, views.From, cancellationToken);
            if (request.DeletesMissing)
            {
                await AddMatchingAsync(keys, dataset, request, views.Into, cancellationToken);
            }
        }

        var then = await reader.GetAsync(views.From, dataset.Id, [.. keys.Values], cancellationToken);
        var now = await reader.GetAsync(views.Into, dataset.Id, [.. keys.Values], cancellationToken);
        return keys
            .Values.Select((key, i) => RecordOf(dataset, key, then[i], now[i]))
            .Where(record => record.Result is not null || request.DeletesMissing);
    }

    private async Task AddMatchingAsync(
        SortedDictionary<string, ReadOnlyMemory<byte>> keys,
        MergedDataset dataset,
        PickRequest request,
        RecordView view,
        CancellationToken cancellationToken
    )
    {
        await foreach (var record in reader.ScanAsync(view, new(dataset.Id), cancellationToken))
        {
            var cells = RecordCells.Read(dataset.Definition, Encoding.UTF8.GetString(record.Document!.Value.Span));
            if (RecordFilter.Matches(request.Filter, cells))
            {
                keys[Convert.ToHexString(record.Key.Span)] = record.Key;
            }
        }
    }

    private static MergedRecord RecordOf(
        MergedDataset dataset,
        ReadOnlyMemory<byte> key,
        StoredRecord? then,
        StoredRecord? now
    )
    {
        var row = new DivergedRecord(dataset.Id, key, now, then, now) { Sides = DivergedSides.Source };
        var merging = new RecordMerging(new());
        var merged = merging.Merge(dataset, row);
        return merged with { Result = merged.Merge.Sides.Source.Cells };
    }

    private static V1.CheckFailure FailureOf(PlannedConflict conflict) =>
        new() { Check = conflict.Contract.Record.Constraint, Message = $"{MergeErrors.Describe(conflict)}." };
}
