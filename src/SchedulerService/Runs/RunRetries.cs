using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Times;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Runs;

/// <summary>When a run whose attempt failed is tried again.</summary>
/// <param name="random">Spreads the waits; seeded by tests.</param>
internal sealed class RunRetries(Random random)
{
    private readonly Lock gate = new();

    /// <returns>Null where the run has ended for good.</returns>
    public DateTimeOffset? NextAttempt(TakenRun taken, RunOutcome outcome, DateTimeOffset now)
    {
        if (outcome is not { State: RunState.Failed, MayRetry: true })
            return null;
        if (outcome.Tries is { } tries)
            return now + JobDefinition.PolicyOf(taken.Job).BackoffAfter(tries, Spread());
        if (TimesOf(taken) is { } times)
            return times.NextOf(taken.Run.ScheduledTime!.Value, now);
        var policy = JobDefinition.PolicyOf(taken.Job);
        return taken.Run.Attempt < policy.MaxAttempts ? now + policy.BackoffAfter(taken.Run.Attempt, Spread()) : null;
    }

    /// <summary>
    /// Whether this attempt, which takes over from a worker that went away, is none: as many workers went away as the
    /// policy has attempts, and the run may be what ends them. Of a run with several times a day those of this time
    /// count; it may have failed at each time before.
    /// </summary>
    /// <param name="lost">The attempts right before this one that ended so.</param>
    public static bool IsSpent(TakenRun taken, int lost) =>
        (TimesOf(taken) is null ? taken.Run.Attempt - 1 : lost) >= JobDefinition.PolicyOf(taken.Job).MaxAttempts;

    /// <summary>
    /// The times of its day, where those are its attempts: by the contract the first that succeeds cancels the rest.
    /// </summary>
    private static AttemptTimes? TimesOf(TakenRun taken) =>
        taken.Run is { Cause: RunCause.Schedule, ScheduledTime: not null }
        && JobDefinition.ScheduleOf(taken.Job) is { TriggerCase: Schedule.TriggerOneofCase.Attempts } schedule
            ? new(schedule.Attempts)
            : null;

    private double Spread()
    {
        lock (gate)
            return random.NextDouble();
    }
}
