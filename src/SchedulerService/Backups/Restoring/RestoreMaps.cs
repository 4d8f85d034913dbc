using Dendrite.Storage.Backups;
using Dendrite.Versioning;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>What the numbers of a backup are here.</summary>
internal sealed class RestoreMaps
{
    public required IReadOnlyDictionary<long, TimelineId> Timelines { get; init; }

    public required VersionMap Versions { get; init; }

    public required IDictionary<long, long> Streams { get; init; }

    public required IDictionary<long, long> Datasets { get; init; }
}
