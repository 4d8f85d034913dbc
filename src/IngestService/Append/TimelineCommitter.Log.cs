namespace Dendrite.IngestService.Append;

internal sealed partial class TimelineCommitter
{
    [LoggerMessage(
        3001,
        LogLevel.Warning,
        "A commit to timeline {Timeline} for {Writers} writers failed; they will resume"
    )]
    private static partial void LogCommitFailed(ILogger logger, Exception error, long timeline, int writers);
}
