using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Backups.Making;
using Dendrite.SchedulerService.Backups.Restoring;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Backups.Jobs;

/// <summary>
/// Does the work of a run as an operation, as if somebody had called for it: one goes on for a run, whichever attempt
/// or replica asks, and is followed to its end. An attempt that finds it failed begins another.
/// </summary>
internal sealed class OperationRun(
    OperationStarter starter,
    OperationStore operations,
    OperationSignals signals,
    RunStore runs,
    TimeProvider time
)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>The operation as it ended.</summary>
    /// <exception cref="DendriteException">As of <see cref="OperationStarter"/>.</exception>
    public async Task<OperationRecord> RunAsync(
        RunContext run,
        (string Method, IMessage Request) work,
        string resource,
        CancellationToken cancellationToken
    )
    {
        var operation = await StartAsync(run, work, resource, cancellationToken);
        try
        {
            return await FollowAsync(run, operation, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Who cancels the run means the work, and who deletes it; a replica that stops does not.
            var current = await runs.FindAsync(run.ProjectId, run.Job.Job, run.Run.Id, CancellationToken.None);
            if (current is not { CancelTime: null })
                await CancelAsync(run.ProjectId, operation, new(run.Job.ToString(), "CancelRun", operation));
            throw;
        }
    }

    /// <summary>
    /// Ends the work of a run that was cancelled while nobody followed it: between two attempts. Three round trips, and
    /// one for each that attempts before left without success.
    /// </summary>
    public async Task SettleAsync(
        RunContext run,
        string method,
        RunOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        for (var failed = 0; outcome.State is RunState.Cancelled; failed++)
        {
            try
            {
                var begun = MutationOf(run, method, failed, resource: "");
                if (await operations.FindRequestedAsync(run.ProjectId, begun, cancellationToken) is not { } found)
                    return;
                if (!found.IsDone)
                    await CancelAsync(run.ProjectId, found.Id, new(run.Job.ToString(), "CancelRun", found.Id));
            }
            catch (DendriteException gone) when (gone.Reason is ErrorReason.OperationNotFound)
            {
                // It is forgotten.
            }
        }
    }

    /// <summary>Ends work whose job was deleted while nobody followed it. One round trip where there is none.</summary>
    public async Task EndOrphansAsync(ProjectId project, CancellationToken cancellationToken)
    {
        string[] methods = [BackupTask.MethodName, DrillTask.MethodName];
        foreach (var (id, job) in await operations.ListOrphansAsync(project, methods, cancellationToken))
            await CancelAsync(project, id, new(job, "DeleteJob", id));
    }

    /// <summary>
    /// The id of the one that goes on or has succeeded, else of one that begins. A round trip or two for each that
    /// attempts before left without success.
    /// </summary>
    private async Task<string> StartAsync(
        RunContext run,
        (string Method, IMessage Request) work,
        string resource,
        CancellationToken cancellationToken
    )
    {
        var project = new WorkProject(run.ProjectId, run.Job.Parent);
        for (var failed = 0; ; failed++)
        {
            run.Lease.ThrowIfLost();
            var mutation = MutationOf(run, work.Method, failed, resource);
            try
            {
                var found = await starter.StartAsync(
                    project,
                    new(work.Method, work.Request),
                    mutation,
                    cancellationToken
                );
                if (found.State is not (V1.OperationState.Failed or V1.OperationState.Cancelled))
                    return found.Name[(found.Name.LastIndexOf('/') + 1)..];
            }
            catch (DendriteException gone) when (gone.Reason is ErrorReason.OperationNotFound)
            {
                // It was begun so long ago that it is forgotten.
            }
        }
    }

    private async Task<OperationRecord> FollowAsync(
        RunContext run,
        string operation,
        CancellationToken cancellationToken
    )
    {
        while (true)
        {
            var now = await operations.GetAsync(run.ProjectId, operation, cancellationToken);
            if (now.IsDone)
            {
                return now;
            }

            run.Lease.ThrowIfLost();
            var progress = now.Progress;
            run.Tell(progress.Step, progress.Done, progress.Total, progress.Unit);
            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <param name="failed">How many were begun before it, and left without success.</param>
    private static Mutation MutationOf(RunContext run, string method, int failed, string resource) =>
        new(run.Job.ToString(), "RunJob", resource)
        {
            RequestId = Guid.Parse(run.RequestIdFor(failed == 0 ? method : $"{method}/{failed}")),
        };

    private async Task CancelAsync(ProjectId project, string operation, Mutation mutation)
    {
        var error = Contracts.Errors.NestedStatus.Of(
            new DendriteException(ErrorReason.OperationCancelled, "The run of the job was cancelled, or is deleted.")
        );
        await operations.CancelAsync(project, operation, error.ToByteArray(), mutation, CancellationToken.None);
        signals.TellStop(project, operation);
    }
}
