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

    /// <summary>Rest between two tries to write how a run ended, at first and at most; it is doubled.</summary>
    private static readonly TimeSpan FirstEndPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastEndPause = TimeSpan.FromSeconds(5);

    private static readonly (string Log, string Attempt) Stops = (
        "This replica stops: another one goes on with the run.",
        "The replica stopped."
    );

    private static readonly (string Log, string Attempt) FindsNoRest = (
        "As many runs as may only wait here: this one is looked at again in a minute.",
        RunContext.FoundNoRest
    );

    private static readonly ActivitySource Activities = new(ActivitySourceName);

    /// <summary>
    /// How often a run is taken again whose task counts its attempts itself, and fails for a reason that it does not
    /// count, such as a database that is away.
    /// </summary>
    private const int MaxUncounted = 100;

    /// <summary>
    /// After how long a run that found no place to rest is taken again: long enough that many of them leave the places
    /// of runs that go on to those, soon enough for what it waits for.
    /// </summary>
    private static readonly TimeSpan CrowdedWait = TimeSpan.FromMinutes(1);

    /// <summary>How many runs only wait here for something outside, of those that have a place to.</summary>
    public int Resting => Math.Min(services.Active.Resting, MaxResting);

    private int MaxResting => options.Value.MaxRestingRuns;

    /// <param name="stopping">The replica stops: the run is given back.</param>
    public async Task WorkAsync(JobName name, TakenRun taken, CancellationToken stopping)
    {
        using var activity = Activities.StartActivity($"run {taken.Job.TaskKind}");
        activity?.SetTag("dendrite.job", name.ToString());
        var run = taken.Run;
        LogBegun(logger, run.Id, name.ToString(), run.Attempt);
        await using var lease = new RunLease(services.Leases, run, options.Value.Lease, time);
        using var active = services.Active.Add(run, new RunJournal(services.Journals, run, time), MaxResting);
        try
        {
            var context = new RunContext(name, taken, lease, active);
            var work = new Work(context, taken, active, stopping);
            if (await FindOutcomeAsync(work) is { } outcome)
                await EndAsync(work, outcome);
        }
        finally
        {
            services.Active.Remove(active);
        }
    }

    /// <summary>Null where it is not this worker's to say: the run was given back, or is another's by now.</summary>
    private async Task<RunOutcome?> FindOutcomeAsync(Work work)
    {
        var (run, policy) = (work.Taken.Run, JobDefinition.PolicyOf(work.Taken.Job));
        if (run.CancelTime is not null)
            return Cancelled(run);
        using var timeout = new CancellationTokenSource(TimeoutOf(work, policy), time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(
            work.Stopping,
            work.Context.Lease.Lost,
            work.Active.Stopped,
            work.Active.Crowded,
            timeout.Token
        );
        try
        {
            return await FindSpentAsync(work, any.Token) ?? await AttemptAsync(work, any.Token);
        }
        catch (Exception error)
        {
            return await InterruptedAsync(work, timeout.IsCancellationRequested, error);
        }
    }

    /// <summary>How the attempt ends where the run may be what ends its workers; null where it is worked on.</summary>
    private async Task<RunOutcome?> FindSpentAsync(Work work, CancellationToken cancellationToken)
    {
        var run = work.Taken.Run;
        // Nothing is read where all that were lost would not be too many.
        if (!work.Taken.WasLeftBehind || CountsAttempts(work) || !RunRetries.IsSpent(work.Taken, run.Attempt - 1))
            return null;
        var known = await services.Runs.GetAsync(run.Project, run.Job, run.Id, cancellationToken);
        var before = known.Attempts.Where(attempt => attempt.Number < run.Attempt).Reverse().ToList();
        return RunRetries.IsSpent(work.Taken, before.TakeWhile(attempt => attempt.WasLost).Count())
            ? RunOutcome.Failed(
                $"Its worker went away in {before.Count(attempt => attempt.WasLost)} of "
                    + $"{Counted.Of(before.Count, "attempt")}: it may be what ends them; see their logs."
            )
            : null;
    }

    private async Task<RunOutcome> AttemptAsync(Work work, CancellationToken cancellationToken)
    {
        var task =
            FindTask(work)
            ?? throw new DendriteException(
                ErrorReason.NotImplemented,
                $"This server has nothing that does {work.Taken.Job.TaskKind}: run one that has, or delete the job."
            );
        var done = task.RunAsync(work.Context, cancellationToken);
        if (await Task.WhenAny(done, Cancelled(cancellationToken)) != done)
            await done.WaitAsync(StopPatience, time, CancellationToken.None);
        return await done;
    }

    private IJobTask? FindTask(Work work)
    {
        var kind = work.Context.Task.TaskCase;
        return tasks.FirstOrDefault(task => task.Kind == kind);
    }

    private bool CountsAttempts(Work work) => FindTask(work)?.CountsAttempts == true;

    private TimeSpan TimeoutOf(Work work, RunPolicy policy) =>
        JobDefinition.SetPolicyOf(work.Taken.Job).Timeout is null && CountsAttempts(work)
            ? Timeout.InfiniteTimeSpan
            : policy.Timeout;

    private static Task Cancelled(CancellationToken cancellationToken)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cancellationToken.Register(() => cancelled.TrySetResult());
        return cancelled.Task;
    }

    private async Task<RunOutcome?> InterruptedAsync(Work work, bool isTimedOut, Exception error)
    {
        var run = work.Taken.Run;
        if (work.Stopping.IsCancellationRequested && IsCancellation(error))
        {
            await GiveBackAsync(work, Stops);
            return null;
        }

        if (work.Active.Stopped.IsCancellationRequested)
        {
            // Where it is another's by now, the row refuses this.
            var current = await services.Runs.FindAsync(run.Project, run.Job, run.Id, CancellationToken.None);
            if (current?.CancelTime is not null)
                return Cancelled(current);
            LogLost(logger, run.Id, work.Name);
            return null;
        }

        if (error is RunLostException || work.Context.Lease.Lost.IsCancellationRequested)
        {
            LogLost(logger, run.Id, work.Name);
            return null;
        }

        if (work.Active.Crowded.IsCancellationRequested && !isTimedOut && IsCancellation(error))
        {
            await GiveBackAsync(work, FindsNoRest, CrowdedWait);
            return null;
        }

        // A mistake of whoever declared it is theirs to read, in the run, and no error of this service.
        if (isTimedOut || error is not DendriteException known || !PassingFailures.IsMistake(known.Reason))
            LogFailed(logger, error, run.Id, work.Name, run.Attempt);
        var failed = isTimedOut ? TimedOut(work.Taken) : FailedBy(error);
        if (!CountsAttempts(work))
            return failed;
        // No step of its own failed, so none has said it.
        work.Context.Log(V1.LogLevel.Error, failed.Message);
        return failed with
        {
            MayRetry = failed.MayRetry && !isTimedOut && run.Attempt < MaxUncounted,
            Tries = run.Attempt,
        };
    }

    /// <summary>Ends the attempt, and with it the run where there is none to follow.</summary>
    private async Task EndAsync(Work work, RunOutcome outcome)
    {
        var (run, name) = (work.Taken.Run, work.Name);
        var isCancelled = outcome.State == RunState.Cancelled;
        var next = services.Retries.NextAttempt(work.Taken, outcome, time.GetUtcNow());
        if (next is null && outcome.State is RunState.Failed or RunState.Cancelled)
        {
            if (await SettleAsync(work, outcome) is not { } settled)
                return;
            outcome = settled;
            next = services.Retries.NextAttempt(work.Taken, outcome, time.GetUtcNow());
        }

        await CloseAsync(
            work.Active.Journal,
            AttemptWords.Of(run.Attempt, outcome, next, isSaid: CountsAttempts(work))
        );
        var policy = JobDefinition.PolicyOf(work.Taken.Job);
        var end = new AttemptEnd(outcome, next, policy.PauseAfterFailures, time.GetUtcNow())
        {
            IsCancelled = isCancelled,
        };
        if (!await WriteEndAsync(work, end))
            LogLost(logger, run.Id, name);
        else if (next is { } again)
            LogWaits(logger, run.Id, name, outcome.Message, again);
        else
            LogEnded(logger, run.Id, name, outcome.State, outcome.Message);
    }

    /// <summary>Lets the task tidy up. Null as of <see cref="FindOutcomeAsync"/>.</summary>
    private async Task<RunOutcome?> SettleAsync(Work work, RunOutcome outcome)
    {
        var (run, lost) = (work.Taken.Run, work.Context.Lease.Lost);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(work.Stopping, lost);
        try
        {
            return FindTask(work) is { } task ? await task.SettleAsync(work.Context, outcome, any.Token) : outcome;
        }
        catch (Exception error) when (work.Stopping.IsCancellationRequested && IsCancellation(error))
        {
            await GiveBackAsync(work, Stops);
            return null;
        }
        catch (Exception error) when (error is RunLostException || lost.IsCancellationRequested)
        {
            LogLost(logger, run.Id, work.Name);
            return null;
        }
        catch (Exception error)
        {
            LogFailed(logger, error, run.Id, work.Name, run.Attempt);
            return run.Attempt < MaxUncounted
                ? RunOutcome.Failed($"{outcome.Message} Tidying up failed: {error.Message}") with
                {
                    Tries = run.Attempt,
                }
                : outcome;
        }
    }

    /// <param name="why">For the run's log and for its attempt.</param>
    /// <param name="wait">
    /// Until it may be taken again. An attempt after which it waits is none: it did nothing but look, and may be one of
    /// a thousand a day. It is said once.
    /// </param>
    private async Task GiveBackAsync(Work work, (string Log, string Attempt) why, TimeSpan wait = default)
    {
        var isSaid = wait > TimeSpan.Zero && work.Context.ComesFromNoRest;
        await CloseAsync(work.Active.Journal, isSaid ? null : (V1.LogLevel.Information, why.Log));
        var given = new RunOutcome(RunState.Failed, why.Attempt, work.Taken.Run.Results);
        var now = time.GetUtcNow();
        await WriteEndAsync(work, new(given, now + wait, 0, now) { IsUndone = wait > TimeSpan.Zero });
    }

    /// <summary>
    /// Also while stopping: what was done is worth saying, and would be done again. A database that is away for a
    /// moment is tried until another may have taken the run over; its lease is renewed meanwhile.
    /// </summary>
    /// <returns>False where the run is this worker's no more.</returns>
    private async Task<bool> WriteEndAsync(Work work, AttemptEnd end)
    {
        var (run, lost) = (work.Taken.Run, work.Context.Lease.Lost);
        for (var pause = FirstEndPause; ; pause = 2 * pause < LastEndPause ? 2 * pause : LastEndPause)
        {
            try
            {
                return await services.Leases.EndAsync(run, end, CancellationToken.None)
                    || pause > FirstEndPause && await IsWrittenAsync(run);
            }
            catch (DendriteException away)
                when (away.Reason is ErrorReason.Unavailable && !lost.IsCancellationRequested)
            {
                LogEndUnwritten(logger, run.Id, work.Name, away.Message);
                // Whoever lost it tries once more, and hears that from the database.
                await Task.WhenAny(Task.Delay(pause, time, CancellationToken.None), Cancelled(lost));
            }
        }
    }

    /// <summary>
    /// Whether a try before was written whose answer did not come: nobody has taken the run since this worker did.
    /// </summary>
    private async Task<bool> IsWrittenAsync(RunRecord run)
    {
        var known = await services.Runs.FindAsync(run.Project, run.Job, run.Id, CancellationToken.None);
        return known?.FencingToken == run.FencingToken && known.State is not RunState.Running;
    }

    private async Task CloseAsync(RunJournal journal, (V1.LogLevel Level, string Message)? lastWord)
    {
        try
        {
            await journal.CloseAsync(lastWord, CancellationToken.None);
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
            // What would only be found again, such as a dataset that is not there, is not looked for again.
            MayRetry = error is not DendriteException said || PassingFailures.MayPass(said.Reason),
            ErrorCode = error switch
            {
                DendriteException known => (int)ErrorStatus.CodeOf(known.Reason),
                RpcException rpcError => (int)rpcError.StatusCode,
                _ => (int)StatusCode.Unknown,
            },
        };

    /// <summary>A run that this worker works on.</summary>
    private sealed record Work(RunContext Context, TakenRun Taken, ActiveRun Active, CancellationToken Stopping)
    {
        public string Name { get; } = Context.Job.ToString();
    }
}
