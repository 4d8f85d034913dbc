using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Sync;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>What one listing works with.</summary>
/// <param name="Requests">Of this listing alone; their pace is shared.</param>
internal sealed record SyncParts(SyncWork Work, SyncScope Scope, ItemWriter Writer, SourceRequests Requests)
{
    public required BatchSize Size { get; init; }

    public required IOrigin Origin { get; init; }

    /// <summary>Names what is read; another one is another source.</summary>
    public required string OriginDigest { get; init; }

    public required SyncTally Tally { get; init; }
}
