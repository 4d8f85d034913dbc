using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Care;
using Dendrite.SchedulerService.Compaction;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using Dendrite.Versioning;
using Microsoft.Extensions.Options;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Maintenance;

/// <summary>
/// Frees what nobody sees: purges deleted branches whose time has come, absorbs what was merged, removes rows, and
/// forgets requests that were done long ago and how far syncs came into branches that are gone; then gathers settled
/// blocks of signals into dense ones. All in small transactions with a rest between them, until nothing is left or the
/// budget is spent; each is whole by itself, so a run may be cut off anywhere and another replica goes on. At the end
/// tables are cared for, so that what was removed just now is counted.
/// </summary>
internal sealed class MaintenanceJobTask(
    GarbageStore garbage,
    RequestExpiryStore requests,
    SyncProgressStore syncs,
    CompactionPass compaction,
    TableCarePass care,
    IOptions<MaintenanceOptions> options,
    TimeProvider time,
    ILogger<MaintenanceJobTask> logger
) : IJobTask
{
    /// <summary>Branches purged in one transaction.</summary>
    private const int PurgePage = 100;

    /// <summary>
    /// Timelines judged while forks wait: some milliseconds.
    /// </summary>
    private const int JudgePage = 200;

    /// <summary>Steps that may find the vectors busy, one after the other, before the run gives up on them.</summary>
    private const int MaxBusySteps = 10;

    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.Maintenance;

    public async Task<RunOutcome> RunAsync(RunContext context, CancellationToken cancellationToken)
    {
        var run = context.Run;
        if (run.DryRun)
        {
            var due = await garbage.CountDueAsync(run.Project, cancellationToken);
            var old = await requests.CountAsync(run.Project, options.Value.RequestRetention, cancellationToken);
            var planned = await care.RunAsync(context, () => Task.FromResult(true), cancellationToken);
            var result = new Dictionary<string, long>(StringComparer.Ordinal)
            {
                ["branches_to_purge"] = due,
                ["requests_to_remove"] = old,
                ["tables_due"] = planned.Due,
            };
            var message =
                $"{Counted.Of(due, "branch", "branches")} would be purged, {Counted.Of(old, "request")} forgotten. "
                + planned.Message;
            return new(RunState.Succeeded, message.TrimEnd(), result, planned.ToReport());
        }

        var budget = context.Task.Maintenance?.Budget?.ToTimeSpan() ?? options.Value.Budget;
        var work = new Work(run, context.Lease, (time.GetTimestamp(), budget), cancellationToken);
        await PurgeAsync(work, context.Job);
        await StepThroughAsync(work, AbsorbAsync);
        await StepThroughAsync(work, JudgeAsync);
        await SweepAsync(work);
        // What was cut off at its merge can be absorbed now.
        await StepThroughAsync(work, AbsorbAsync);
        await ForgetRequestsAsync(work);
        while (
            await MayGoOnAsync(work)
            && await syncs.ForgetGoneAsync(run.Project, options.Value.RowsPerStep, cancellationToken) > 0
        ) { }

        // Last: what is to be removed needs no gathering.
        work.Tally.Compaction = await compaction.RunAsync(run.Project, () => MayGoOnAsync(work), work.Cancellation);
        work.Tally.Care = await care.RunAsync(context, () => MayGoOnAsync(work), work.Cancellation);
        return work.Tally.ToOutcome(IsSpent(work));
    }

    private async Task PurgeAsync(Work work, JobName job)
    {
        while (await MayGoOnAsync(work))
        {
            var purged = await garbage.PurgeAsync(work.Run.Project, PurgePage, job.ToString(), work.Cancellation);
            work.Tally.Purged += purged.Count;
            foreach (var branch in purged)
                MaintenanceLog.Purged(logger, job.Parent.ToString(), branch.Name);
            if (purged.Count < PurgePage)
                return;
        }
    }

    private async Task<GarbageStep> AbsorbAsync(Work work, TimelineId after)
    {
        var step = await garbage.AbsorbAsync(work.Run.Project, after, JudgePage, work.Cancellation);
        work.Tally.Absorbed += step.Count;
        return step;
    }

    private async Task<GarbageStep> JudgeAsync(Work work, TimelineId after)
    {
        var grace = options.Value.Grace;
        var step = await garbage.JudgeAsync(work.Run.Project, after, JudgePage, grace, work.Cancellation);
        work.Tally.Doomed += step.Count;
        work.Tally.Trimmed += step.Trimmed;
        return step;
    }

    private async Task StepThroughAsync(Work work, Func<Work, TimelineId, Task<GarbageStep>> takeStep)
    {
        var (after, busy) = (default(TimelineId), 0);
        while (await MayGoOnAsync(work))
        {
            var step = await takeStep(work, after);
            if (step.WasBusy && ++busy < MaxBusySteps)
                continue;
            if (step.Last is not { } last)
                return;
            after = last;
        }
    }

    private async Task SweepAsync(Work work)
    {
        while (await MayGoOnAsync(work))
        {
            var swept = await garbage.SweepAsync(work.Run.Project, options.Value.RowsPerStep, work.Cancellation);
            if (swept is null)
                return;
            work.Tally.Rows += swept.Rows;
            work.Tally.Bytes += swept.Bytes;
        }
    }

    private async Task ForgetRequestsAsync(Work work)
    {
        var (age, limit) = (options.Value.RequestRetention, options.Value.RowsPerStep);
        while (await MayGoOnAsync(work))
        {
            var removed = await requests.RemoveAsync(work.Run.Project, age, limit, work.Cancellation);
            work.Tally.Requests += removed;
            if (removed < limit)
                return;
        }
    }

    private async Task<bool> MayGoOnAsync(Work work)
    {
        await Task.Delay(options.Value.Pause, time, work.Cancellation);
        work.Lease.ThrowIfLost();
        return !IsSpent(work);
    }

    private bool IsSpent(Work work) => time.GetElapsedTime(work.Limit.Begun) >= work.Limit.Budget;

    private sealed record Work(
        RunRecord Run,
        RunLease Lease,
        (long Begun, TimeSpan Budget) Limit,
        CancellationToken Cancellation
    )
    {
        public MaintenanceTally Tally { get; } = new();
    }
}
