using System.Globalization;
using Dendrite.Storage.Scheduling;
using LogLevel = Dendrite.V1.LogLevel;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What the log of a run says at the end of an attempt, for whoever follows it.</summary>
internal static class AttemptWords
{
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="next">When the next attempt may begin; null: the run has ended.</param>
    /// <param name="isSaid">Whether the task has said itself what failed.</param>
    /// <returns>Null where there is nothing to say: it did not fail.</returns>
    public static (LogLevel Level, string Message)? Of(
        int attempt,
        RunOutcome outcome,
        DateTimeOffset? next,
        bool isSaid
    )
    {
        if (next is { } again)
        {
            var when = again.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            var failed = isSaid ? "" : $"Attempt {attempt} failed: {outcome.Message} ";
            return (LogLevel.Warning, $"{failed}The next attempt is at {when}.");
        }

        if (isSaid || outcome.State is not RunState.Failed)
            return null;
        var why = outcome.MayRetry ? "it was the last" : "another would not help";
        return (LogLevel.Error, $"Attempt {attempt} failed, and {why}: {outcome.Message}");
    }
}
