using Dendrite.Contracts.Cells;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Microsoft.Extensions.Options;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>Puts together what syncs work with. Thread-safe.</summary>
internal sealed class SyncFactory(
    DatasetService.DatasetServiceClient datasets,
    RecordService.RecordServiceClient records,
    BranchStore branches,
    OriginFactory origins,
    IOptions<SyncOptions> options,
    TimeProvider time
)
{
    /// <summary>Calls to the records of the platform, as often as the source's items are tried.</summary>
    public GrpcRetries CallsOf(SyncSource source) => new(options.Value, SyncDefaults.ItemAttempts(source), time);

    public RequestPace PaceOf(SyncSource source) => new(source.Limits?.MaxRequestsPerSecond ?? 0, time);

    /// <summary>Looks at the branch and the dataset, and makes a writer for it. A round trip and a call.</summary>
    /// <exception cref="Errors.DendriteException">DATASET_NOT_FOUND and others of the dataset's.</exception>
    public async Task<(ItemWriter Writer, Dataset Dataset, SyncLine Line)> OpenWriterAsync(
        SyncWork work,
        CancellationToken cancellationToken
    )
    {
        var calls = CallsOf(work.Source);
        // First the branch: where it is reset between the two, the next sync sees that what it finds is another line.
        var branch = await branches.FindAsync(work.Project, work.Target.Branch, cancellationToken);
        var request = new GetDatasetRequest { Name = work.Target.ToString() };
        var answer = await calls.CallAsync(
            async (callOptions, _) => await datasets.GetDatasetAsync(request, callOptions),
            cancellationToken
        );
        var incremental = work.Source.Incremental;
        var maker = new RecordMaker(
            DatasetReader.Read(answer.Dataset),
            incremental?.ColumnNames ?? [],
            incremental?.ChangedField ?? ""
        );
        var upserts = new RecordUpserts(records, work.Target, calls, time)
        {
            CommitMessage = $"Sync of {work.Name.SyncSource}",
        };
        var newer = new NewerRecords(records, work.Target, calls);
        var writer = new ItemWriter(maker, upserts, newer, options.Value, time);
        return (writer, answer.Dataset, new(branch?.Timeline.Value ?? 0, answer.Dataset.Uid));
    }

    /// <summary>What one listing works with.</summary>
    public SyncParts Open(SyncWork work, SyncScope scope, ItemWriter writer, RequestPace pace, SyncTally tally)
    {
        var size = new BatchSize(SyncDefaults.SmallestBatch(work.Source), SyncDefaults.LargestBatch(work.Source));
        var requests = new SourceRequests(options.Value, pace, SyncDefaults.ItemAttempts(work.Source), time)
        {
            Failed = failure =>
            {
                // Nothing of what was asked for came.
                size.Observe(0, size.Current);
                work.Control.Log(LogLevel.Warning, $"A request is tried again: {failure.Message}");
            },
        };
        Action<string> log = message => work.Control.Log(LogLevel.Warning, message);
        return new(work, scope, writer, requests)
        {
            Size = size,
            Tally = tally,
            OriginDigest = OriginFactory.DigestOf(work.Source),
            Origin = origins.Open(
                work.Name.Project,
                work.Source,
                writer.Maker.ChangedColumn,
                (requests, () => size.Current, log)
            ),
        };
    }
}
