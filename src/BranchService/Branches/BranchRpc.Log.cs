namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
    [LoggerMessage(2001, LogLevel.Information, "Created {Branch} from {Parent} at {Version} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string branch, string parent, long version, string actor);

    [LoggerMessage(2002, LogLevel.Information, "Deleted {Branch} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string branch, string actor);

    [LoggerMessage(2003, LogLevel.Information, "Restored {Branch} for {Actor}")]
    private static partial void LogRestored(ILogger logger, string branch, string actor);
}
