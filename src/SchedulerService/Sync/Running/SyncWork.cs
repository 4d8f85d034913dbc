using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>What is to be pulled where, and for whom.</summary>
/// <param name="Target">The dataset to write to: the source's own, or that of a workflow's branch.</param>
internal sealed record SyncWork(
    ProjectId Project,
    SyncSourceName Name,
    SyncSourceRecord Record,
    SyncSource Source,
    DatasetName Target
)
{
    /// <summary>The run or operation, the same for each attempt of it.</summary>
    public required Guid Run { get; init; }

    /// <summary>
    /// The part of the run that pulls, where that is not all it does: the figures are of it, and it has a fence of its
    /// own. Null: the run.
    /// </summary>
    public Guid? Part { get; init; }

    /// <summary>From <c>scheduling.fencing_token</c>: whoever comes later has a higher one.</summary>
    public required long Fence { get; init; }

    /// <summary>Id of the operation that a backfill is; null: it is a sync.</summary>
    public string? Operation { get; init; }

    public required ISyncControl Control { get; init; }

    public SyncHolder Holder => new(Fence, Run, Operation) { HasOwnFence = Part is not null };

    public SyncScope Scope => new(Project, Record.Id, Target.ToString());
}

/// <summary>Whoever has a source pulled: may it go on, and how far is it.</summary>
internal interface ISyncControl
{
    /// <summary>To be asked before each thing that is done.</summary>
    void ThrowIfLost();

    /// <summary>Tells how far it is.</summary>
    void Tell(string step, long done);

    /// <summary>Notes something for people.</summary>
    void Log(LogLevel level, string message);
}

/// <summary>Somebody else pulls the source, and goes on: there is nothing to do now.</summary>
internal sealed class SyncBusyException()
    : Exception("Another run or a backfill of the source goes on; the next run looks again.");

/// <summary>Another worker has taken the source over: nothing more may be done for it here.</summary>
internal sealed class SyncTakenOverException()
    : Exception("Another run or backfill of the source has taken over; look at the latest one.");
