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
        // Its day's further times are its attempts: by the contract the first that succeeds cancels the rest.
        if (
            taken.Run is { Cause: RunCause.Schedule, ScheduledTime: { } first }
            && JobDefinition.ScheduleOf(taken.Job) is { TriggerCase: Schedule.TriggerOneofCase.Attempts } schedule
        )
        {
            return new AttemptTimes(schedule.Attempts).NextOf(first, now);
        }

        var policy = JobDefinition.PolicyOf(taken.Job);
        return taken.Run.Attempt < policy.MaxAttempts ? now + policy.BackoffAfter(taken.Run.Attempt, Spread()) : null;
    }

    private double Spread()
    {
        lock (gate)
            return random.NextDouble();
    }
}
