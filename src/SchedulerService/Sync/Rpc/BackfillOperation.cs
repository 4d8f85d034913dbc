using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Sync.Rpc;

/// <summary>A backfill as an operation: begun again by whichever replica is free, it goes on where it was.</summary>
internal sealed class BackfillOperation(
    SyncSourceStore sources,
    SyncProgressStore progress,
    IServiceProvider services,
    ILogger<BackfillOperation> logger
) : IOperationTask
{
    public const string MethodName = "dendrite.v1.SyncService/BackfillSync";

    public string Method => MethodName;

    public async Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var request = work.ReadRequest<BackfillSyncRequest>();
        var name = SyncSourceName.Parse(request.Name);
        var (from, until) = BackfillInput.Range(request.Range);
        await work.TellAsync("looking at the source", 0, null, "items", cancellation);
        var record = await sources.GetAsync(work.Project, name.SyncSource, cancellation);
        var source = SyncMapper.ReadDefinition(record);
        BackfillInput.RequireRange(source);
        var fence = await progress.NextFenceAsync(work.Project, cancellation);
        var asked = new SyncWork(work.Project, name, record, source, DatasetName.Parse(source.Dataset))
        {
            Run = Guid.Parse(work.Name.Operation),
            Fence = fence,
            Operation = work.Name.Operation,
            Control = new OperationControl(work, logger, cancellation),
        };
        try
        {
            return (
                await services.GetRequiredService<SyncBackfill>().RunAsync(asked, from, until, cancellation)
            ).ToReport();
        }
        catch (Exception taken) when (taken is SyncTakenOverException or SyncBusyException)
        {
            throw new DendriteException(ErrorReason.SourceFailed, taken.Message, taken);
        }
    }

    private sealed class OperationControl(OperationWork work, ILogger logger, CancellationToken cancellation)
        : ISyncControl
    {
        public void ThrowIfLost() => cancellation.ThrowIfCancellationRequested();

        // Progress is for people: a tell that fails shows in the next one, and in the lease.
        public void Tell(string step, long done) =>
            _ = work.TellAsync(step, done, null, "items", cancellation)
                .ContinueWith(told => _ = told.Exception, TaskScheduler.Default);

        public void Log(Microsoft.Extensions.Logging.LogLevel level, string message) =>
            SyncLog.Note(logger, level, work.Name, message);
    }
}
