namespace Dendrite.SchedulerService.Rpc;

internal sealed partial class SchedulerRpc
{
    [LoggerMessage(5051, LogLevel.Information, "Created {Job} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string job, string actor);

    [LoggerMessage(5052, LogLevel.Information, "Changed {Job} for {Actor}")]
    private static partial void LogChanged(ILogger logger, string job, string actor);

    [LoggerMessage(5053, LogLevel.Information, "Deleted {Job} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string job, string actor);

    [LoggerMessage(5054, LogLevel.Information, "Paused {Job} for {Actor}")]
    private static partial void LogPaused(ILogger logger, string job, string actor);

    [LoggerMessage(5055, LogLevel.Information, "Resumed {Job} for {Actor}")]
    private static partial void LogResumed(ILogger logger, string job, string actor);
}
