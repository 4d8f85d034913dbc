namespace Dendrite.BranchService.Tags;

public sealed partial class TagRpc
{
    [LoggerMessage(2101, LogLevel.Information, "Created {Tag} of {Branch} at {Version} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string tag, string? branch, long version, string actor);

    [LoggerMessage(2102, LogLevel.Information, "Deleted {Tag} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string tag, string actor);
}
