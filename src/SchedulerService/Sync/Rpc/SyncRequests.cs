using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Google.Protobuf;
using Npgsql;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>Syncs that are asked for by a call and answered within it. Thread-safe.</summary>
internal sealed class SyncRequests(
    PlatformDatabase database,
    SyncSourceStore sources,
    DeadLetterStore letters,
    SyncReplay replay,
    IdempotencyStore done,
    TimeProvider time
)
{
    /// <summary>The source as work of this call. One round trip.</summary>
    /// <exception cref="DendriteException">SYNC_SOURCE_NOT_FOUND.</exception>
    public async Task<SyncWork> OpenAsync(ProjectId project, SyncSourceName name, CancellationToken cancellationToken)
    {
        var record = await sources.GetAsync(project, name.SyncSource, cancellationToken);
        var source = SyncMapper.ReadDefinition(record);
        return new(project, name, record, source, DatasetName.Parse(source.Dataset))
        {
            Run = Guid.CreateVersion7(time.GetUtcNow()),
            Fence = 0,
            Control = CallControl.Instance,
        };
    }

    public Task<IReadOnlyList<DeadLetterRecord>> ListDeadLettersAsync(
        ProjectId project,
        SyncSourceRecord source,
        TimedPlace? after,
        int limit,
        CancellationToken cancellationToken
    ) => letters.ListAsync(new(project, source.Id, ""), waiting: false, after, limit, cancellationToken);

    /// <summary>Tries dead letters again; a repeated request is answered as it was.</summary>
    /// <param name="ids">Empty: all.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: an id of none; REQUEST_ID_REUSED.</exception>
    public async Task<SyncReport> ReplayAsync(
        SyncWork work,
        IReadOnlyList<string> ids,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        if (await done.FindAsync(work.Project, mutation, cancellationToken) is { } before)
        {
            return SyncReport.Parser.ParseFrom(before);
        }

        var chosen = ids.Count == 0 ? null : await FindAsync(work, ids, cancellationToken);
        var report = (await replay.RunAsync(work, chosen, cancellationToken)).ToReport();
        await using var batch = database.CreateBatch(work.Project);
        IdempotencyStore.AddTo(batch, mutation, report.ToByteArray());
        try
        {
            await batch.ExecuteAsync(cancellationToken);
            return report;
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // The same request ran beside this one; trying an item twice writes it once.
            return SyncReport.Parser.ParseFrom((await done.FindAsync(work.Project, mutation, cancellationToken))!);
        }
    }

    private async Task<IReadOnlyList<DeadLetterRecord>> FindAsync(
        SyncWork work,
        IReadOnlyList<string> ids,
        CancellationToken cancellationToken
    )
    {
        var found = await letters.FindAsync(work.Scope, ids, cancellationToken);
        var known = found.Select(letter => letter.Failed.Id).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < ids.Count; i++)
        {
            if (!known.Contains(ids[i]))
            {
                throw DendriteException.Invalid(
                    $"dead_letter_ids[{i}]",
                    $"'{RequestFields.Excerpt(ids[i])}' is no dead letter of the source; list those that there are"
                );
            }
        }

        return found;
    }

    /// <summary>Of a call, which its caller cancels and nobody else.</summary>
    private sealed class CallControl : ISyncControl
    {
        public static readonly CallControl Instance = new();

        public void ThrowIfLost() { }

        public void Tell(string step, long done) { }

        public void Log(Microsoft.Extensions.Logging.LogLevel level, string message) { }
    }
}
