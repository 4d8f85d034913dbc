using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.Storage.Sync;
using Polly;
using Polly.Retry;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>
/// Writes items into a dataset: makes records of them, upserts these, and tries again what another item may mend.
/// Thread-safe.
/// </summary>
internal sealed class ItemWriter(
    RecordMaker maker,
    RecordUpserts upserts,
    NewerRecords newer,
    SyncOptions options,
    TimeProvider time
)
{
    public RecordMaker Maker => maker;

    /// <summary>Writes items, and tries those that are refused again.</summary>
    /// <param name="tries">How often an item is tried, at least once; what no try can mend is tried once.</param>
    /// <param name="keepNewer">Whether what is stored already with a later changed value stays: for items that come
    /// long after they were fetched.</param>
    /// <exception cref="DendriteException">Nothing can be written now, whatever the item.</exception>
    public async Task<BatchOutcome> WriteAsync(
        IReadOnlyList<SourceItem> items,
        int tries,
        bool keepNewer,
        CancellationToken cancellationToken
    )
    {
        var outcome = new BatchOutcome();
        var made = Make(items, outcome);
        if (keepNewer && maker.ChangedColumn is { } column)
        {
            made = await newer.LeaveOutAsync(made, column.Name, outcome, cancellationToken);
        }

        var (pending, attempt) = (made, 0);
        await BuildTries(tries)
            .ExecuteAsync(
                async token =>
                {
                    attempt++;
                    outcome.ItemRetries += attempt > 1 ? pending.Count : 0;
                    outcome.Failed.RemoveAll(failed => pending.Exists(record => record.Item == failed.Item));
                    var refused = await upserts.WriteAsync(pending, validateOnly: false, outcome, token);
                    outcome.Failed.AddRange(refused.Select(each => RefusalOf(each, attempt)));
                    // Another record may come that this one refers to; what is malformed stays so.
                    pending =
                    [
                        .. refused
                            .Where(each => each.Error.Reason == ErrorReason.ConstraintViolated)
                            .Select(each => each.Record),
                    ];
                    return pending.Count;
                },
                cancellationToken
            );
        outcome.Stored.AddRange(StoredOf(made, outcome));
        return outcome;
    }

    /// <summary>What writing would do; nothing is written.</summary>
    public async Task<(BatchOutcome Outcome, IReadOnlyList<MadeRecord> Records)> PreviewAsync(
        IReadOnlyList<SourceItem> items,
        CancellationToken cancellationToken
    )
    {
        var outcome = new BatchOutcome();
        var made = Make(items, outcome);
        var refused = await upserts.WriteAsync(made, validateOnly: true, outcome, cancellationToken);
        outcome.Failed.AddRange(refused.Select(each => RefusalOf(each, 1)));
        return (outcome, made);
    }

    private static RefusedItem RefusalOf((MadeRecord Record, DendriteException Error) refused, int attempts) =>
        new(refused.Record.Item, refused.Error, attempts, RecordMaker.Digest(refused.Record.Id!));

    // Where a column holds the changed value, the stored record itself is asked.
    private IEnumerable<WrittenItem> StoredOf(List<MadeRecord> made, BatchOutcome outcome)
    {
        if (maker.ChangedColumn is not null)
        {
            return [];
        }

        var failed = outcome.Failed.Select(refused => refused.Item).ToHashSet();
        return made.Where(record => !failed.Contains(record.Item))
            .SelectMany<MadeRecord, WrittenItem>(record =>
                record.Changed is { } changed ? [new(RecordMaker.Digest(record.Id!), changed.Text)] : []
            );
    }

    private List<MadeRecord> Make(IReadOnlyList<SourceItem> items, BatchOutcome outcome)
    {
        var byId = new Dictionary<string, MadeRecord>(StringComparer.Ordinal);
        foreach (var item in items)
        {
            var record = maker.Make(item);
            if (record.Id is not { } id)
            {
                var error = new DendriteException(ErrorReason.InvalidArgument, record.Problem!);
                outcome.Failed.Add(new(item, error, Attempts: 1, Record: null));
                continue;
            }

            if (byId.TryGetValue(id, out var before))
            {
                // The other one is written for both.
                record = MadeRecord.Later(before, record);
                outcome.Written++;
            }

            byId[id] = record;
        }

        outcome.Seen.AddRange(byId.Keys.Select(RecordMaker.Digest));
        return [.. byId.Values];
    }

    /// <summary>Tries again while something is left, after growing waits.</summary>
    private ResiliencePipeline<int> BuildTries(int tries)
    {
        var pipeline = new ResiliencePipelineBuilder<int> { TimeProvider = time };
        if (tries > 1)
        {
            pipeline.AddRetry(
                new RetryStrategyOptions<int>
                {
                    MaxRetryAttempts = tries - 1,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    Delay = options.FirstDelay,
                    MaxDelay = options.MaxDelay,
                    ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Result > 0),
                }
            );
        }

        return pipeline.Build();
    }
}
