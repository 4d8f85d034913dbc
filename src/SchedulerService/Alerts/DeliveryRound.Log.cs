namespace Dendrite.SchedulerService.Alerts;

internal sealed partial class DeliveryRound
{
    [LoggerMessage(5411, LogLevel.Warning, "A message to {Channel} failed for good at attempt {Attempt}: {Problem}")]
    private static partial void LogGivenUp(ILogger logger, string channel, int attempt, string problem);

    [LoggerMessage(
        5413,
        LogLevel.Error,
        "Message {Delivery} of {Project} could not be delivered; a later round tries again"
    )]
    private static partial void LogFailed(ILogger logger, Exception error, Guid delivery, string project);
}
