using Dendrite.Errors;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Jobs;
using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.Storage.Workflows;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>Adds the runs that callers ask for, and has the engine look at them at once.</summary>
internal sealed class RunRequests(RunQueue queue, RunStore runs, RunIds ids, EngineWake wake, TimeProvider time)
{
    /// <summary>Runs of one backfill: a year of every hour; more are asked for in parts.</summary>
    public const int MaxBackfill = 10_000;

    public const int MaxConcurrentBackfill = 16;

    /// <summary>Has the engine look now.</summary>
    public void Nudge() => wake.Nudge();

    /// <summary>The run that a repeated request began; null where the request is new.</summary>
    public async Task<RunRecord?> FindDoneAsync(
        ProjectId project,
        string job,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await queue.FindDoneAsync(project, mutation, cancellationToken) is { } outcome
            ? await runs.GetAsync(project, job, new Guid(outcome), cancellationToken)
            : null;

    /// <summary>Adds one run, or finds that of the first request.</summary>
    /// <param name="workflow">What it begins with where it is one of a workflow.</param>
    public async Task<RunRecord> RunAsync(
        JobRecord job,
        bool dryRun,
        Mutation mutation,
        CancellationToken cancellationToken,
        WorkflowBeginning? workflow = null
    )
    {
        var now = time.GetUtcNow();
        var planned = new PlannedRun(job.Name, ids.Next(now), RunCause.Caller)
        {
            ConcurrencyKey = JobDefinition.PolicyOf(job).KeyFor(job.Name),
            Creator = mutation.Actor,
            DryRun = dryRun,
            Workflow = workflow,
        };
        var outcome = await queue.AddAsync(
            job,
            [planned],
            planned.Id.ToByteArray(),
            (mutation, now),
            cancellationToken
        );
        wake.Nudge();
        return await runs.GetAsync(job.Project, job.Name, new Guid(outcome), cancellationToken);
    }

    /// <summary>Adds a run for each time of a past range.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: too many, or more at once than the key allows.</exception>
    public async Task<int> BackfillAsync(
        JobRecord job,
        IReadOnlyList<DateTimeOffset> times,
        int maxConcurrent,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var now = time.GetUtcNow();
        var policy = JobDefinition.PolicyOf(job);
        if (maxConcurrent > 1 && policy.ConcurrencyKey.Length > 0)
        {
            throw DendriteException.Invalid(
                "max_concurrent_runs",
                $"is {maxConcurrent}, and the job has the concurrency key '{policy.ConcurrencyKey}', under which one "
                    + "run goes on at a time; ask for 1, or take the key away"
            );
        }

        var planned = times.Select(
            (due, i) =>
                new PlannedRun(job.Name, ids.Next(now), RunCause.Backfill)
                {
                    ScheduledTime = due,
                    MakesUp = true,
                    Creator = mutation.Actor,
                    // So many lines of runs that wait for each other.
                    ConcurrencyKey =
                        maxConcurrent > 1
                            ? $"{job.Name}/backfill/{i % maxConcurrent}"
                            : policy.KeyFor(job.Name) ?? job.Name,
                }
        );
        var count = BitConverter.GetBytes(times.Count);
        var outcome = await queue.AddAsync(job, [.. planned], count, (mutation, now), cancellationToken);
        wake.Nudge();
        return BitConverter.ToInt32(outcome);
    }

    /// <summary>Lets runs begin that only a pause held up.</summary>
    public async Task ReleaseAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await queue.ReleaseAsync(project, time.GetUtcNow(), cancellationToken);
        wake.Nudge();
    }

    public async Task<RunRecord> CancelAsync(
        RunRecord run,
        string reason,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => await queue.CancelAsync(run, reason, (mutation, time.GetUtcNow()), cancellationToken);

    public async Task<RunRecord> RetryAsync(RunRecord run, Mutation mutation, CancellationToken cancellationToken)
    {
        var again = await queue.RetryAsync(run, (mutation, time.GetUtcNow()), cancellationToken);
        wake.Nudge();
        return again;
    }
}
