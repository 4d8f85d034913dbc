using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Writes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>Hot metadata: what is read on every call, from Redis where it can be had.</summary>
public static class HotMetadataExtensions
{
    /// <summary>
    /// Adds <see cref="HotSnapshots"/>, and has every write of this service's database tell Redis. Needs a connection
    /// to Redis, which may be away.
    /// </summary>
    public static void AddHotMetadata(this IServiceCollection services)
    {
        services.TryAddSingleton<HotCache>();
        services.TryAddSingleton<CommitNotices>();
        services.TryAddSingleton<HotWrites>();
        services.TryAddSingleton<IWriteObserver>(provider => provider.GetRequiredService<HotWrites>());
        services.TryAddSingleton<SnapshotReader>();
        services.TryAddSingleton<HotSnapshots>();
    }
}
