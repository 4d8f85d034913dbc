namespace Dendrite.SchedulerService.Alerts;

internal sealed partial class DeliveryRound
{
    [LoggerMessage(5411, LogLevel.Warning, "A message to {Channel} failed for good at attempt {Attempt}: {Problem}")]
    private static partial void LogGivenUp(ILogger logger, string channel, int attempt, string problem);
}
