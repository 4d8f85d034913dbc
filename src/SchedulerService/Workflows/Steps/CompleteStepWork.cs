using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>Says that the experiment is completed: retention counts from then on.</summary>
internal sealed class CompleteStepWork : IWorkflowStep
{
    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.Complete;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        var request = new SetExperimentStateRequest
        {
            Name = step.Workflow.Branch.ToString(),
            State = ExperimentState.Completed,
            Reason = $"{step.Origin}.",
            // A run that is tried again after it failed says it again: in between the branch was marked as failed.
            RequestId = step.RequestIdFor($"complete/{step.Workflow.State.Round}"),
        };
        await step.Calls.DoAsync<BranchService.BranchServiceClient, SetExperimentStateResponse>(
            step.Run,
            (client, options) => client.SetExperimentStateAsync(request, options),
            cancellationToken
        );
        return new($"{step.Workflow.Branch} is completed.");
    }

    public Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken) =>
        Task.FromResult("mark the experiment as completed.");
}
