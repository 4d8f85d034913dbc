namespace Dendrite.SchedulerService.Maintenance;

internal static partial class MaintenanceLog
{
    [LoggerMessage(5031, LogLevel.Information, "Purged branch {Branch} of {Project}: it cannot be restored any more")]
    public static partial void Purged(ILogger logger, string project, string branch);
}
