namespace Dendrite.SchedulerService.Workflows;

internal sealed partial class WorkflowRpc
{
    [LoggerMessage(5501, LogLevel.Information, "Created {Workflow} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string workflow, string actor);

    [LoggerMessage(5502, LogLevel.Information, "Changed {Workflow} for {Actor}")]
    private static partial void LogChanged(ILogger logger, string workflow, string actor);

    [LoggerMessage(5503, LogLevel.Information, "Deleted {Workflow} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string workflow, string actor);
}
