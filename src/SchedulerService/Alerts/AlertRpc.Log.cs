namespace Dendrite.SchedulerService.Alerts;

internal sealed partial class AlertRpc
{
    [LoggerMessage(5421, LogLevel.Information, "Alert rule {Rule} made by {Actor}")]
    private static partial void LogCreated(ILogger logger, string rule, string actor);

    [LoggerMessage(5422, LogLevel.Information, "Alert rule {Rule} changed by {Actor}")]
    private static partial void LogChanged(ILogger logger, string rule, string actor);

    [LoggerMessage(5423, LogLevel.Information, "Alert rule {Rule} deleted by {Actor}")]
    private static partial void LogDeleted(ILogger logger, string rule, string actor);
}
