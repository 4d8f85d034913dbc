namespace Dendrite.SchedulerService.Retention;

internal sealed partial class RetentionRpc
{
    [LoggerMessage(5311, LogLevel.Information, "Retention policy {Policy} made by {Actor}")]
    private static partial void LogCreated(ILogger logger, string policy, string actor);

    [LoggerMessage(5312, LogLevel.Information, "Retention policy {Policy} changed by {Actor}")]
    private static partial void LogChanged(ILogger logger, string policy, string actor);

    [LoggerMessage(5313, LogLevel.Information, "Retention policy {Policy} deleted by {Actor}")]
    private static partial void LogDeleted(ILogger logger, string policy, string actor);
}
