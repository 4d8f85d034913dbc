using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>Says what a sync would write; writes nothing and keeps nothing. Thread-safe.</summary>
internal sealed class SyncPreview(SyncFactory factory, TimeProvider time)
{
    private const int MaxShown = 20;

    /// <summary>Of a page that is one whole document nobody wants to wait for more.</summary>
    private const int MaxItems = 10_000;

    public async Task<PreviewSyncResponse> RunAsync(SyncWork work, CancellationToken cancellationToken)
    {
        var (writer, _, line) = await factory.OpenWriterAsync(work, cancellationToken);
        var tally = SyncTally.Of(null, work.Run);
        var parts = factory.Open(work, work.Scope, writer, factory.PaceOf(work.Source), tally);
        var place = SyncPlace.Of(work.Record.Checkpoint, work.Source.Incremental?.ChangedField ?? "").On(line);
        var items = new List<SourceItem>();
        var begin = SyncPull.Begin(parts, place, time.GetUtcNow());
        await foreach (var page in parts.Origin.ReadAsync(begin, cancellationToken))
        {
            items.AddRange(page.Items.Take(MaxItems - items.Count));
            if (page.Next is not null || items.Count >= MaxItems)
            {
                break;
            }
        }

        var response = new PreviewSyncResponse();
        foreach (var some in items.Chunk(SyncDefaults.MaxBatch))
        {
            var (outcome, records) = await writer.PreviewAsync(some, cancellationToken);
            tally.Fetched += some.Length;
            tally.AddBatch(some.Length);
            tally.Add(outcome);
            tally.DeadLetters += outcome.Failed.Count;
            response.Records.AddRange(records.Take(MaxShown - response.Records.Count).Select(record => record.Values));
        }

        tally.Requests = parts.Requests.Sent;
        tally.Version = 0;
        response.Report = tally.ToReport();
        return response;
    }
}
