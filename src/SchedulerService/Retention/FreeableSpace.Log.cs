namespace Dendrite.SchedulerService.Retention;

internal sealed partial class FreeableSpace
{
    [LoggerMessage(5301, LogLevel.Warning, "The space of {Branch} could not be measured: {Problem}")]
    private static partial void LogUnmeasured(ILogger logger, string branch, string problem);
}
