namespace Dendrite.SchedulerService.Engine;

internal sealed partial class JobAdvancer
{
    [LoggerMessage(5041, LogLevel.Error, "The schedule of {Job} cannot be read, and it runs no more: {Problem}")]
    private static partial void LogBroken(ILogger logger, Exception error, string job, string problem);
}
