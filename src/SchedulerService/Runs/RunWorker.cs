using System.Diagnostics;
using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Jobs;
using Dendrite.Storage.Scheduling;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Runs;

/// <summary>
/// Works on a run that this replica took: does its task, and says how it ended. A failed attempt leaves the run for the
/// next one; a stopping replica gives it back at once, and one that dies is found out when its lease passes.
/// </summary>
internal sealed partial class RunWorker(
    RunServices services,
    IEnumerable<IJobTask> tasks,
    IOptions<SchedulerOptions> options,
    TimeProvider time,
    ILogger<RunWorker> logger
)
{
    /// <summary>The name of the runs' activities.</summary>
    public const string ActivitySourceName = "Dendrite.Scheduler";

    /// <summary>
    /// How long a task that was told to stop may take: then its attempt is ended without it, and its token refuses it.
    /// </summary>
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(30);

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    /// <param name="stopping">The replica stops: the run is given back.</param>
    public async Task WorkAsync(JobName name, TakenRun taken, CancellationToken stopping)
    {
        using var activity = Activities.StartActivity($"run {taken.Job.TaskKind}");
        activity?.SetTag("dendrite.job", name.ToString());
        var (run, policy) = (taken.Run, JobDefinition.PolicyOf(taken.Job));
        LogBegun(logger, run.Id, name.ToString(), run.Attempt);
        if (run.CancelTime is not null)
            await EndAsync(name, taken, Cancelled(run));
        else if (taken.WasLeftBehind && run.Attempt > policy.MaxAttempts)
            await EndAsync(name, taken, RunOutcome.FailedForGood(LeftBehind(run)));
        else
            await DoAsync(name, taken, policy, stopping);
    }

    private async Task DoAsync(JobName name, TakenRun taken, RunPolicy policy, CancellationToken stopping)
    {
        var run = taken.Run;
        var journal = new RunJournal(services.Journals, run, time);
        await using var lease = new RunLease(services.Leases, run, options.Value.Lease, time);
        using var active = services.Active.Add(run, journal);
        using var timeout = new CancellationTokenSource(policy.Timeout, time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(
            stopping,
            lease.Lost,
            active.Stopped,
            timeout.Token
        );
        try
        {
            var context = new RunContext(name, JobDefinition.TaskOf(taken.Job), run, lease, journal);
            var outcome = await AttemptAsync(context, any.Token);
            await journal.CloseAsync(CancellationToken.None);
            await EndAsync(name, taken, outcome);
        }
        catch (Exception error)
        {
            await CloseAsync(journal);
            var end = new Interruption(stopping.IsCancellationRequested, lease.Lost.IsCancellationRequested)
            {
                IsStopped = active.Stopped.IsCancellationRequested,
                IsTimedOut = timeout.IsCancellationRequested,
            };
            await InterruptedAsync(name, taken, end, error);
        }
        finally
        {
            services.Active.Remove(active);
        }
    }

    private async Task<RunOutcome> AttemptAsync(RunContext context, CancellationToken cancellationToken)
    {
        var kind = context.Task.TaskCase;
        var task =
            tasks.FirstOrDefault(candidate => candidate.Kind == kind)
            ?? throw new DendriteException(
                ErrorReason.NotImplemented,
                $"This server has nothing that does {kind}: run one that has, or delete the job."
            );
        var work = task.RunAsync(context, cancellationToken);
        if (await Task.WhenAny(work, Cancelled(cancellationToken)) != work)
            await work.WaitAsync(StopPatience, time, CancellationToken.None);
        return await work;
    }

    private static Task Cancelled(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(() => cancelled.TrySetResult());
        return cancelled.Task;
    }

    private async Task InterruptedAsync(JobName name, TakenRun taken, Interruption end, Exception error)
    {
        var run = taken.Run;
        if (end.IsReplicaStopping && IsCancellation(error))
        {
            var given = new RunOutcome(RunState.Failed, "The replica stopped.", run.Results);
            var now = time.GetUtcNow();
            await services.Leases.EndAsync(run, new(given, now, 0, now), CancellationToken.None);
        }
        else if (end.IsStopped)
        {
            // Where it is another's by now, the row refuses this.
            var current = await services.Runs.FindAsync(run.Project, run.Job, run.Id, CancellationToken.None);
            if (current?.CancelTime is not null)
                await EndAsync(name, taken, Cancelled(current));
            else
                LogLost(logger, run.Id, name.ToString());
        }
        else if (error is RunLostException || end.IsLeaseLost)
        {
            LogLost(logger, run.Id, name.ToString());
        }
        else
        {
            LogFailed(logger, error, run.Id, name.ToString(), run.Attempt);
            await EndAsync(name, taken, end.IsTimedOut ? TimedOut(taken) : FailedBy(error));
        }
    }

    private async Task EndAsync(JobName name, TakenRun taken, RunOutcome outcome)
    {
        var now = time.GetUtcNow();
        var policy = JobDefinition.PolicyOf(taken.Job);
        var next = services.Retries.NextAttempt(taken, outcome, now);
        var end = new AttemptEnd(outcome, next, policy.PauseAfterFailures, now);
        // Also while stopping: what was done is worth saying.
        if (!await services.Leases.EndAsync(taken.Run, end, CancellationToken.None))
            LogLost(logger, taken.Run.Id, name.ToString());
        else if (next is { } again)
            LogWaits(logger, taken.Run.Id, name.ToString(), outcome.Message, again);
        else
            LogEnded(logger, taken.Run.Id, name.ToString(), outcome.State, outcome.Message);
    }

    private async Task CloseAsync(RunJournal journal)
    {
        try
        {
            await journal.CloseAsync(CancellationToken.None);
        }
        catch (Exception failure)
        {
            // The attempt's own end says what matters.
            LogJournalFailed(logger, failure);
        }
    }

    private static bool IsCancellation(Exception error) =>
        error is OperationCanceledException or TimeoutException or RpcException { StatusCode: StatusCode.Cancelled };

    private static RunOutcome Cancelled(RunRecord run) =>
        new(
            RunState.Cancelled,
            run.CancelReason.Length > 0 ? $"Cancelled: {run.CancelReason}" : "Cancelled by a caller.",
            run.Results
        )
        {
            ErrorCode = (int)StatusCode.Cancelled,
        };

    private static string LeftBehind(RunRecord run) =>
        $"Its worker went away in each of {run.Attempt - 1} attempts: it may be what ends them; see their logs.";

    private static RunOutcome TimedOut(TakenRun taken) =>
        RunOutcome.Failed(
            $"The attempt took longer than {JobDefinition.PolicyOf(taken.Job).Timeout}: give the job's policy a longer "
                + "timeout, or its task less to do."
        ) with
        {
            ErrorCode = (int)StatusCode.DeadlineExceeded,
        };

    private static RunOutcome FailedBy(Exception error) =>
        RunOutcome.Failed(
            error is RpcException { Status.Detail.Length: > 0 } rpc ? rpc.Status.Detail : error.Message
        ) with
        {
            ErrorCode = error switch
            {
                DendriteException known => (int)ErrorStatus.CodeOf(known.Reason),
                RpcException rpcError => (int)rpcError.StatusCode,
                _ => (int)StatusCode.Unknown,
            },
        };

    /// <summary>What had been asked for when an attempt ended without an outcome.</summary>
    private readonly record struct Interruption(bool IsReplicaStopping, bool IsLeaseLost)
    {
        public bool IsStopped { get; init; }

        public bool IsTimedOut { get; init; }
    }
}
