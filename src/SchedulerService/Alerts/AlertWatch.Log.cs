namespace Dendrite.SchedulerService.Alerts;

internal sealed partial class AlertWatch
{
    [LoggerMessage(5412, LogLevel.Error, "Looking after alerts failed; the next round tries again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
