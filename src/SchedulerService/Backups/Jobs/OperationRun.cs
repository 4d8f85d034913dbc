using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Runs;
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
            await CancelAsync(run, operation);
            throw;
        }
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
            var id = Guid.Parse(run.RequestIdFor(failed == 0 ? work.Method : $"{work.Method}/{failed}"));
            var mutation = new Mutation(run.Job.ToString(), "RunJob", resource) { RequestId = id };
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

    /// <summary>Who cancels the run means the work; a replica that stops does not.</summary>
    private async Task CancelAsync(RunContext run, string operation)
    {
        var current = await runs.FindAsync(run.ProjectId, run.Job.Job, run.Run.Id, CancellationToken.None);
        if (current?.CancelTime is null)
        {
            return;
        }

        var mutation = new Mutation(run.Job.ToString(), "CancelRun", operation);
        var error = Contracts.Errors.NestedStatus.Of(
            new DendriteException(ErrorReason.OperationCancelled, "The run of the job was cancelled.")
        );
        await operations.CancelAsync(run.ProjectId, operation, error.ToByteArray(), mutation, CancellationToken.None);
        signals.TellStop(run.ProjectId, operation);
    }
}
