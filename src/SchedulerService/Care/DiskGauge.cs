using Dendrite.SchedulerService.Alerts;
using Dendrite.SchedulerService.Care.Forecasting;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Care;

/// <summary>
/// How full the disk of the database is, as far as the installation says where it is: PostgreSQL tells nobody. Either
/// this service sees it (<c>Scheduler:Alerts:DiskPath</c>), or it is said how many bytes there are
/// (<c>Scheduler:Alerts:DiskCapacityBytes</c>). Thread-safe.
/// </summary>
internal sealed class DiskGauge(IOptions<AlertOptions> options)
{
    /// <summary>Whether the installation says anything.</summary>
    public bool IsKnown => options.Value.DiskPath is { Length: > 0 } || options.Value.DiskCapacityBytes > 0;

    /// <summary>Null where nobody knows.</summary>
    /// <param name="databaseBytes">What is used, where the disk itself is not seen.</param>
    public DiskFacts? Read(long databaseBytes)
    {
        if (options.Value.DiskPath is not { Length: > 0 } path)
        {
            return options.Value.DiskCapacityBytes is > 0 and var capacity ? new(capacity, databaseBytes) : null;
        }

        try
        {
            var disk = new DriveInfo(Path.GetFullPath(path));
            // Of what this user may fill: some systems keep a part for their administrator.
            var used = disk.TotalSize - disk.TotalFreeSpace;
            var all = used + disk.AvailableFreeSpace;
            return all > 0 ? new(all, used) : null;
        }
        catch (Exception missing) when (missing is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
