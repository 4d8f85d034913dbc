namespace Dendrite.SchedulerService.Jobs;

internal sealed partial class JobReconciler
{
    [LoggerMessage(5001, LogLevel.Information, "{Job} runs at '{Cron}' ({TimeZone})")]
    private static partial void LogScheduled(ILogger logger, string job, string cron, string timeZone);

    [LoggerMessage(5002, LogLevel.Information, "Run {Run} of {Job} in {Project} has no worker and is handed out again")]
    private static partial void LogHandedOut(ILogger logger, Guid run, string job, string project);

    [LoggerMessage(5003, LogLevel.Error, "Looking after the jobs failed; the next round tries again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
