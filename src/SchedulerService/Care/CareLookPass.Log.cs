namespace Dendrite.SchedulerService.Care;

internal sealed partial class CareLookPass
{
    [LoggerMessage(5601, LogLevel.Error, "The size of {Project} could not be measured; the next look tries again")]
    private static partial void LogFailed(ILogger logger, Exception error, string project);
}
