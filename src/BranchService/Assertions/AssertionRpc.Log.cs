namespace Dendrite.BranchService.Assertions;

public sealed partial class AssertionRpc
{
    [LoggerMessage(2301, LogLevel.Information, "Registered {Assertion} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string assertion, string actor);

    [LoggerMessage(2302, LogLevel.Information, "Changed {Assertion} for {Actor}")]
    private static partial void LogChanged(ILogger logger, string assertion, string actor);

    [LoggerMessage(2303, LogLevel.Information, "Deleted {Assertion} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string assertion, string actor);
}
