using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Runs;

internal sealed partial class RunWorker
{
    [LoggerMessage(5021, LogLevel.Information, "Run {Run} of {Job} begins, attempt {Attempt}")]
    private static partial void LogBegun(ILogger logger, Guid run, string job, int attempt);

    [LoggerMessage(5022, LogLevel.Information, "Run {Run} of {Job} {State}: {Message}")]
    private static partial void LogEnded(ILogger logger, Guid run, string job, RunState state, string message);

    [LoggerMessage(5023, LogLevel.Warning, "Run {Run} of {Job} was taken over by another replica")]
    private static partial void LogLost(ILogger logger, Guid run, string job);

    [LoggerMessage(5024, LogLevel.Error, "Run {Run} of {Job} failed in attempt {Attempt}")]
    private static partial void LogFailed(ILogger logger, Exception error, Guid run, string job, int attempt);

    [LoggerMessage(5025, LogLevel.Warning, "Run {Run} of {Job} is tried again at {Again}: {Message}")]
    private static partial void LogWaits(ILogger logger, Guid run, string job, string message, DateTimeOffset again);

    [LoggerMessage(
        5027,
        LogLevel.Warning,
        "How run {Run} of {Job} ended could not be written; it is tried again while the run is held: {Problem}"
    )]
    private static partial void LogEndUnwritten(ILogger logger, Guid run, string job, string problem);

    [LoggerMessage(5026, LogLevel.Warning, "The last lines of a run's log could not be written")]
    private static partial void LogJournalFailed(ILogger logger, Exception error);
}
