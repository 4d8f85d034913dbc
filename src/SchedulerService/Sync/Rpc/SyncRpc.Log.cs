namespace Dendrite.SchedulerService.Sync.Rpc;

internal sealed partial class SyncRpc
{
    [LoggerMessage(5401, LogLevel.Information, "Sync source {Source} made by {Actor}")]
    private static partial void LogCreated(ILogger logger, string source, string actor);

    [LoggerMessage(5402, LogLevel.Information, "Sync source {Source} changed by {Actor}")]
    private static partial void LogChanged(ILogger logger, string source, string actor);

    [LoggerMessage(5403, LogLevel.Information, "Sync source {Source} deleted by {Actor}")]
    private static partial void LogDeleted(ILogger logger, string source, string actor);
}
