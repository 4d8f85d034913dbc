using Dendrite.Storage.Alerts;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Measures what is of the whole installation: the disk and the bloat. Thread-safe.</summary>
internal sealed class InstallationMeasure(AlertFigureStore store, IOptions<AlertOptions> options)
{
    /// <summary>Whether the installation says how large its disk is.</summary>
    public bool KnowsDisk => options.Value.DiskPath is { Length: > 0 } || options.Value.DiskCapacityBytes > 0;

    /// <summary>One round trip.</summary>
    public async Task<InstallationFigures> MeasureAsync(CancellationToken cancellationToken)
    {
        var database = await store.ReadDatabaseAsync(cancellationToken);
        return new(DiskUsedRatio(database.Bytes), database.BloatRatio);
    }

    private double? DiskUsedRatio(long databaseBytes)
    {
        if (options.Value.DiskPath is not { Length: > 0 } path)
        {
            return options.Value.DiskCapacityBytes is > 0 and var capacity ? (double)databaseBytes / capacity : null;
        }

        try
        {
            var disk = new DriveInfo(Path.GetFullPath(path));
            // Of what this user may fill: some systems keep a part for their administrator.
            var used = disk.TotalSize - disk.TotalFreeSpace;
            var all = used + disk.AvailableFreeSpace;
            return all > 0 ? (double)used / all : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
