namespace Dendrite.SchedulerService.Alerts;

internal sealed partial class AlertPass
{
    [LoggerMessage(
        5401,
        LogLevel.Error,
        "The alert rules of {Project} could not be looked at; the next look tries again"
    )]
    private static partial void LogFailed(ILogger logger, Exception error, string project);

    [LoggerMessage(5402, LogLevel.Warning, "Alert in {Project} by rule {Rule}: {Summary}")]
    private static partial void LogFired(ILogger logger, string project, string rule, string summary);

    [LoggerMessage(5403, LogLevel.Information, "Alert in {Project} by rule {Rule} is over")]
    private static partial void LogEnded(ILogger logger, string project, string rule);
}
