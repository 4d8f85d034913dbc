using System.Diagnostics;
using Dendrite.Contracts.Names;
using Dendrite.Storage.Scheduling;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Runs;

/// <summary>
/// Works on a run: takes it, does its task, and says how it ended. A failed attempt gives the run back for another one;
/// a stopping replica gives it back at once, and one that dies is found out when its lease passes.
/// </summary>
internal sealed partial class RunWorker(
    RunLeaseStore leases,
    IEnumerable<IJobTask> tasks,
    IOptions<SchedulerOptions> options,
    TimeProvider time,
    ILogger<RunWorker> logger
)
{
    /// <summary>The name of the runs' activities.</summary>
    public const string ActivitySourceName = "Dendrite.Scheduler";

    private static readonly ActivitySource Activities = new(ActivitySourceName);
    private static readonly string Worker = $"{Environment.MachineName}/{Environment.ProcessId}";

    public async Task WorkAsync(JobName name, JobRecord job, RunRecord run, CancellationToken stopping)
    {
        RunRecord? taken;
        try
        {
            taken = await leases.TakeAsync(run, Worker, time.GetUtcNow(), options.Value.Lease, stopping);
        }
        catch (RunOverlapException)
        {
            await leases.SkipAsync(run, "Another run of the job was going on.", time.GetUtcNow(), stopping);
            return;
        }

        if (taken is null)
            return;
        using var activity = Activities.StartActivity($"run {job.Task}");
        activity?.SetTag("dendrite.job", name.ToString());
        LogBegun(logger, taken.Id, name.ToString(), taken.Attempt);
        await DoAsync(name, job, taken, stopping);
    }

    private async Task DoAsync(JobName name, JobRecord job, RunRecord run, CancellationToken stopping)
    {
        await using var lease = new RunLease(leases, run, options.Value.Lease, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, lease.Lost);
        try
        {
            var task = tasks.First(candidate => candidate.Name == job.Task);
            var outcome = await task.RunAsync(name, run, lease, either.Token);
            await EndAsync(name, run, outcome);
        }
        catch (Exception error) when (stopping.IsCancellationRequested && IsCancellation(error))
        {
            await leases.GiveBackAsync(run, "The replica stopped.", time.GetUtcNow(), CancellationToken.None);
        }
        catch (Exception error) when (error is RunLostException || lease.Lost.IsCancellationRequested)
        {
            LogLost(logger, run.Id, name.ToString());
        }
        catch (Exception error)
        {
            LogFailed(logger, error, run.Id, name.ToString(), run.Attempt);
            await FailAsync(name, run, error);
        }
    }

    private static bool IsCancellation(Exception error) =>
        error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled };

    private Task FailAsync(JobName name, RunRecord run, Exception error) =>
        run.Attempt < options.Value.MaxAttempts
            ? leases.GiveBackAsync(run, error.Message, time.GetUtcNow(), CancellationToken.None)
            : EndAsync(name, run, RunOutcome.Failed(error.Message));

    private async Task EndAsync(JobName name, RunRecord run, RunOutcome outcome)
    {
        // Also while stopping: what was done is worth saying.
        if (await leases.EndAsync(run, outcome, time.GetUtcNow(), CancellationToken.None))
            LogEnded(logger, run.Id, name.ToString(), outcome.State, outcome.Message);
        else
            LogLost(logger, run.Id, name.ToString());
    }
}
