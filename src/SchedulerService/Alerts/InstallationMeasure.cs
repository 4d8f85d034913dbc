using Dendrite.SchedulerService.Care;
using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.Storage.Alerts;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>
/// Measures what is of the whole installation: the disk, the bloat, and what is foretold of both. Thread-safe.
/// </summary>
internal sealed class InstallationMeasure(
    AlertFigureStore store,
    DiskGauge disk,
    StorageOutlook outlook,
    TimeProvider time
)
{
    /// <summary>Whether the installation says how large its disk is.</summary>
    public bool KnowsDisk => disk.IsKnown;

    /// <summary>One round trip, and two more where the disk is known.</summary>
    public async Task<InstallationFigures> MeasureAsync(CancellationToken cancellationToken)
    {
        var database = await store.ReadDatabaseAsync(cancellationToken);
        return new(disk.Read(database.Bytes)?.UsedRatio, database.BloatRatio)
        {
            DiskFullDays = await FindDiskFullDaysAsync(cancellationToken),
            FreezeRatio = database.FreezeRatio,
        };
    }

    private async Task<double?> FindDiskFullDaysAsync(CancellationToken cancellationToken)
    {
        if (!disk.IsKnown)
        {
            return null;
        }

        var all = await outlook.ForetellAllAsync(StorageOutlook.DefaultWindow, cancellationToken);
        return all.Full is { State: CrossingState.Expected or CrossingState.Passed, Time: { } full }
            ? (full - time.GetUtcNow()).TotalDays
            : null;
    }
}
