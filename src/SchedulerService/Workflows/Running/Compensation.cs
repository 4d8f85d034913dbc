using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>
/// What is done about a run that failed or was cancelled: its branch is marked as failed, and deleted where the policy
/// says so. Each of it is done once, whoever does it; what was merged and tagged stays. Thread-safe.
/// </summary>
internal sealed class Compensation(WorkflowCalls calls)
{
    /// <summary>How often it is tried, over some days by the job's waits; then a person is told in the run.</summary>
    private const int MaxFailures = 50;

    private const int MaxReason = 4_000;

    /// <summary>Compensates, unless that was done.</summary>
    /// <returns>Null where it is done; else how often it failed, and it is to be tried again.</returns>
    /// <exception cref="RunLostException">Another has taken over.</exception>
    public async Task<int?> RunAsync(WorkflowProgress workflow, RunOutcome outcome, CancellationToken cancellationToken)
    {
        if (workflow.State.Phase is WorkflowPhase.Compensated)
            return null;
        if (workflow.State.Phase is WorkflowPhase.Forward)
            await workflow.KeepAsync(state => Begun(state, outcome), cancellationToken);
        workflow.Tell("compensating");
        try
        {
            await DoAsync(workflow, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is not RunLostException && !cancellationToken.IsCancellationRequested)
        {
            var (failures, failure) = (workflow.State.CompensationFailures + 1, StepFailure.Of(error));
            var isFinal = failures >= MaxFailures;
            var said = $"Its branch could not be marked{(isFinal ? "" : " yet")}: {failure.Message}";
            workflow.Log(LogLevel.Error, said);
            await workflow.KeepAsync(
                state =>
                    state with
                    {
                        CompensationFailures = failures,
                        Compensation = said,
                        Phase = isFinal ? WorkflowPhase.Compensated : WorkflowPhase.Compensating,
                    },
                cancellationToken
            );
            return isFinal ? null : failures;
        }
    }

    /// <summary>
    /// Takes it back, as a caller has the failed run tried again: the branch is restored and runs again, and the failed
    /// step has all its attempts and its time before it.
    /// </summary>
    /// <param name="round">How often a caller did.</param>
    public async Task TakeBackAsync(WorkflowProgress workflow, int round, CancellationToken cancellationToken)
    {
        if (workflow.State.Branch is not null)
        {
            if (workflow.State.IsBranchDeleted)
                await UndeleteAsync(workflow, round, cancellationToken);
            var isCompleted = workflow
                .State.Steps.Zip(workflow.Definition.Steps)
                .Any(pair =>
                    pair
                        is {
                            First.State: StepStage.Succeeded,
                            Second.ActionCase: WorkflowStep.ActionOneofCase.Complete
                        }
                );
            var state = isCompleted ? ExperimentState.Completed : ExperimentState.Running;
            await SayAsync(
                workflow,
                workflow.Branch,
                (state, "It is tried again."),
                $"again/{round}",
                cancellationToken
            );
        }

        await workflow.KeepAsync(
            state =>
                state.With(state.Next, step => new StepState(step.Id)) with
                {
                    Phase = WorkflowPhase.Forward,
                    Failure = null,
                    Compensation = "",
                    CompensationFailures = 0,
                    IsBranchDeleted = false,
                    Round = round,
                },
            cancellationToken
        );
        var from = workflow.State.Steps[Math.Min(workflow.State.Next, workflow.State.Steps.Count - 1)].Id;
        workflow.Log(LogLevel.Information, $"It is tried again from step '{from}' on.");
    }

    private static WorkflowState Begun(WorkflowState state, RunOutcome outcome)
    {
        var at = Math.Min(state.Next, state.Steps.Count - 1);
        var code = outcome.ErrorCode ?? (int)Grpc.Core.StatusCode.Unknown;
        // Of one that was stopped from outside, the step that it was at.
        var stopped = state.With(
            at,
            step =>
                step.State is StepStage.Running
                    ? step with
                    {
                        State = StepStage.Failed,
                        Message = outcome.Message,
                    }
                    : step
        );
        return stopped with
        {
            Phase = WorkflowPhase.Compensating,
            Failure = state.Failure ?? new(state.Steps[at].Id, outcome.Message, code),
        };
    }

    private async Task DoAsync(WorkflowProgress workflow, CancellationToken cancellationToken)
    {
        var (said, isDeleted) = ("There was no branch yet.", false);
        if (await FindBranchAsync(workflow, cancellationToken) is { } branch)
        {
            said = await MarkAsync(workflow, branch, cancellationToken);
            if (workflow.Definition.OnFailure is WorkflowFailurePolicy.Delete)
            {
                (var deleted, isDeleted) = await DeleteAsync(workflow, branch, cancellationToken);
                said = $"{said} {deleted}";
            }
        }

        await workflow.KeepAsync(
            state => state with { Phase = WorkflowPhase.Compensated, Compensation = said, IsBranchDeleted = isDeleted },
            cancellationToken
        );
        workflow.Log(LogLevel.Warning, said);
    }

    /// <summary>
    /// The branch by its label: whoever made it may have gone away before it was noted, and it may have been renamed.
    /// A copy that was restored from a backup bears the label too, and is none of the run's. Null where there is none.
    /// </summary>
    private async Task<BranchName?> FindBranchAsync(WorkflowProgress workflow, CancellationToken cancellationToken)
    {
        if (workflow.State.Steps[0].StartTime is null && workflow.State.Branch is null)
            return null;
        var request = new ListBranchesRequest
        {
            Parent = workflow.Name.Parent.ToString(),
            Filter = $"labels.{ExperimentBranch.RunLabel} = \"{workflow.Run.Run.Id}\"",
            // Its own is older than any copy.
            OrderBy = "create_time",
            // Another worker may have deleted it, and not come to note that.
            ShowDeleted = true,
        };
        var found = await calls.DoAsync<BranchService.BranchServiceClient, ListBranchesResponse>(
            workflow.Run,
            (client, options) => client.ListBranchesAsync(request, options),
            cancellationToken
        );
        var own = workflow.State.BranchUid is { } uid
            ? found.Branches.FirstOrDefault(branch => Guid.Parse(branch.Uid) == uid)
            : found.Branches.FirstOrDefault(branch => branch.Kind is not BranchKind.Restore);
        return own is not null ? BranchName.Parse(own.Name)
            : workflow.State.Branch is not null ? workflow.Branch
            : null;
    }

    private async Task<string> MarkAsync(
        WorkflowProgress workflow,
        BranchName branch,
        CancellationToken cancellationToken
    )
    {
        var failure = workflow.State.Failure!;
        var reason = $"step '{failure.Step}': {failure.Message}";
        var what = (ExperimentState.Failed, reason);
        try
        {
            await SayAsync(workflow, branch, what, $"failed/{workflow.State.Round}", cancellationToken);
            return $"{branch} is marked as failed.";
        }
        catch (DendriteException refused) when (!StepFailure.Of(refused).MayPass)
        {
            return $"{branch} could not be marked as failed: {refused.Message}";
        }
    }

    private async Task<(string Said, bool IsDeleted)> DeleteAsync(
        WorkflowProgress workflow,
        BranchName branch,
        CancellationToken cancellationToken
    )
    {
        var request = new DeleteBranchRequest
        {
            Name = branch.ToString(),
            AllowMissing = true,
            Reason = $"Workflow '{workflow.Name.Workflow}', run {workflow.Run.Run.Id} failed.",
            RequestId = workflow.Run.RequestIdFor($"delete/{workflow.State.Round}"),
        };
        try
        {
            await calls.DoAsync<BranchService.BranchServiceClient, DeleteBranchResponse>(
                workflow.Run,
                (client, options) => client.DeleteBranchAsync(request, options),
                cancellationToken
            );
            return ("It is deleted and can be restored.", true);
        }
        catch (DendriteException refused) when (!StepFailure.Of(refused).MayPass)
        {
            return ($"It could not be deleted: {refused.Message}", false);
        }
    }

    private Task UndeleteAsync(WorkflowProgress workflow, int round, CancellationToken cancellationToken)
    {
        var request = new UndeleteBranchRequest
        {
            Name = workflow.Branch.ToString(),
            RequestId = workflow.Run.RequestIdFor($"undelete/{round}"),
        };
        return calls.DoAsync<BranchService.BranchServiceClient, UndeleteBranchResponse>(
            workflow.Run,
            (client, options) => client.UndeleteBranchAsync(request, options),
            cancellationToken
        );
    }

    private Task SayAsync(
        WorkflowProgress workflow,
        BranchName branch,
        (ExperimentState State, string Reason) said,
        string request,
        CancellationToken cancellationToken
    )
    {
        var reason = $"Workflow '{workflow.Name.Workflow}', run {workflow.Run.Run.Id}: {said.Reason}";
        var asked = new SetExperimentStateRequest
        {
            Name = branch.ToString(),
            State = said.State,
            Reason = ExperimentBranch.Cut(reason, MaxReason),
            RequestId = workflow.Run.RequestIdFor(request),
        };
        return calls.DoAsync<BranchService.BranchServiceClient, SetExperimentStateResponse>(
            workflow.Run,
            (client, options) => client.SetExperimentStateAsync(asked, options),
            cancellationToken
        );
    }
}
