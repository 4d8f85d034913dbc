using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.Storage.Projects;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>Names the result: the state of the branch, which stays readable after the branch is gone.</summary>
internal sealed class TagStepWork(ProjectStore projects) : IWorkflowStep
{
    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.TagId;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        var state = step.Workflow.State;
        var names = await NamesAsync(step, cancellationToken);
        var request = new CreateTagRequest
        {
            Parent = step.Workflow.Name.Parent.ToString(),
            TagId = names.TagOf(step.Definition, state.Number, state.BranchTime!.Value),
            Tag = new()
            {
                Description = $"{step.Origin}.",
                Labels =
                {
                    [ExperimentBranch.WorkflowLabel] = step.Workflow.Name.Workflow,
                    [ExperimentBranch.RunLabel] = step.Run.Run.Id.ToString(),
                },
            },
            Source = new() { Branch = step.Workflow.Branch.ToString() },
            RequestId = step.RequestIdFor("tag"),
        };
        var made = await step.Calls.DoAsync<TagService.TagServiceClient, CreateTagResponse>(
            step.Run,
            (client, options) => client.CreateTagAsync(request, options),
            cancellationToken
        );
        return new($"{made.Tag.Name} names version {made.Tag.Version}.");
    }

    public Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken) =>
        Task.FromResult($"tag the branch as {step.Definition.TagId}.");

    private async Task<ExperimentNames> NamesAsync(StepContext step, CancellationToken cancellationToken)
    {
        var workflow = step.Workflow;
        var project = await projects.GetAsync(workflow.Name.Project, cancellationToken);
        return ExperimentNames.Of(workflow.Definition, workflow.Values, project.BranchNamingTemplates);
    }
}
