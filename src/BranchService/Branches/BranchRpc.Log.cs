namespace Dendrite.BranchService.Branches;

public sealed partial class BranchRpc
{
    [LoggerMessage(2001, LogLevel.Information, "Created {Branch} from {Parent} at {Version} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string branch, string parent, long version, string actor);

    [LoggerMessage(2002, LogLevel.Information, "Deleted {Branch} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string branch, string actor);

    [LoggerMessage(2003, LogLevel.Information, "Restored {Branch} for {Actor}")]
    private static partial void LogRestored(ILogger logger, string branch, string actor);

    [LoggerMessage(2004, LogLevel.Information, "Renamed {Branch} to {NewId} for {Actor}")]
    private static partial void LogRenamed(ILogger logger, string branch, string newId, string actor);

    [LoggerMessage(2005, LogLevel.Information, "Archived {Branch} for {Actor}")]
    private static partial void LogArchived(ILogger logger, string branch, string actor);

    [LoggerMessage(2006, LogLevel.Information, "Unarchived {Branch} for {Actor}")]
    private static partial void LogUnarchived(ILogger logger, string branch, string actor);

    [LoggerMessage(2007, LogLevel.Information, "Set the protection of {Branch} to {Protected} for {Actor}")]
    private static partial void LogProtected(ILogger logger, string branch, bool @protected, string actor);

    [LoggerMessage(2008, LogLevel.Information, "The experiment of {Branch} is {State}, says {Actor}")]
    private static partial void LogExperiment(ILogger logger, string branch, string state, string actor);

    [LoggerMessage(2009, LogLevel.Information, "Reset {Branch} from {Previous} to {Version}")]
    private static partial void LogReset(ILogger logger, string branch, long previous, long version);
}
