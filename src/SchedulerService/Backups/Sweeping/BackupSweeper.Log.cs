namespace Dendrite.SchedulerService.Backups.Sweeping;

internal sealed partial class BackupSweeper
{
    [LoggerMessage(
        5511,
        LogLevel.Information,
        "Removed {Backups} backups of {Project} from store {Store}: {Objects} objects that no other backup names"
    )]
    private static partial void LogSwept(ILogger logger, string project, string store, int backups, long objects);

    [LoggerMessage(5512, LogLevel.Warning, "Backups of {Project} in store {Store} are not swept now")]
    private static partial void LogPutOff(ILogger logger, Exception error, string project, string store);
}
