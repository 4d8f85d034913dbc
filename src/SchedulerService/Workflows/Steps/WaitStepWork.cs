using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage.Workflows;
using Dendrite.V1;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>
/// Waits until gateways have finished streams in the branch. While it waits it holds no connection, no thread and no
/// place among the runs that go on at once: it looks when a commit to the branch is told of, and now and then.
/// </summary>
internal sealed class WaitStepWork(
    FinishedStreams streams,
    CommitNotices notices,
    IOptions<WorkflowOptions> options,
    TimeProvider time
) : IWorkflowStep
{
    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.WaitForStreams;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        using var changed = new SemaphoreSlim(0, 1);
        var wanted = step.Definition.WaitForStreams.StreamCount;
        // Before it rests: a run that finds no place to is given back, and must end the step when it comes again.
        var seen = await LookAsync(step, cancellationToken);
        step.Tell($"{seen.Finished} of {wanted} streams finished");
        if (seen.Finished >= wanted)
            return Done(seen);
        using var rest = step.Run.Rest();
        await using var watch = notices.Watch(step.Run.ProjectId, seen.Branch, seen.Timeline, () => Signal(changed));
        while (true)
        {
            // Before each look: what is committed after it is told of.
            await watch.ListenAsync();
            seen = await LookAsync(step, cancellationToken);
            step.Tell($"{seen.Finished} of {wanted} streams finished");
            if (seen.Finished >= wanted)
                return Done(seen);
            // A branch that is streamed into changes all the time.
            await Task.Delay(options.Value.MinPause, time, cancellationToken);
            await WaitAsync(changed, cancellationToken);
        }
    }

    public Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken) =>
        Task.FromResult($"wait until {Finished(step.Definition.WaitForStreams.StreamCount)} in the branch.");

    private static string Finished(long count) => count == 1 ? "1 stream is finished" : $"{count} streams are finished";

    private static StepResult Done(BranchStreams seen) =>
        new($"{Finished(seen.Finished)}.")
        {
            Results = new Dictionary<string, long>(StringComparer.Ordinal) { ["streams"] = seen.Finished },
        };

    private async Task<BranchStreams> LookAsync(StepContext step, CancellationToken cancellationToken)
    {
        step.Run.Lease.ThrowIfLost();
        var uid = step.Workflow.State.BranchUid!.Value;
        var found = await streams.LookAsync(step.Run.ProjectId, uid, cancellationToken);
        return found switch
        {
            null or { IsDeleted: true } => throw new StepRefusedException(
                $"{step.Workflow.Branch} was deleted while its streams were waited for."
            ),
            { IsFailed: true } => throw new StepRefusedException(
                $"{step.Workflow.Branch} was marked as failed while its streams were waited for."
            ),
            _ => found,
        };
    }

    private async Task WaitAsync(SemaphoreSlim changed, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Value.PollInterval, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            await changed.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nobody told of a commit: Redis may be away.
        }
    }

    private static void Signal(SemaphoreSlim changed)
    {
        try
        {
            changed.Release();
        }
        catch (Exception told) when (told is SemaphoreFullException or ObjectDisposedException)
        {
            // It is about to look, or has seen enough.
        }
    }
}
