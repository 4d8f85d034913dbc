using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using LogLevel = Dendrite.V1.LogLevel;

namespace Dendrite.SchedulerService.Workflows.Steps;

/// <summary>
/// Makes the branch of the experiment, tells retention that somebody works on it, and says that the experiment runs.
/// </summary>
internal sealed class ForkStepWork(ProjectStore projects, RunBranchStore branches, TimeProvider time) : IWorkflowStep
{
    private const int MaxDescription = 4_000;

    public WorkflowStep.ActionOneofCase Kind => WorkflowStep.ActionOneofCase.Fork;

    public async Task<StepResult> RunAsync(StepContext step, CancellationToken cancellationToken)
    {
        var workflow = step.Workflow;
        if (workflow.State.Branch is null)
            await ForkAsync(step, cancellationToken);
        await branches.AddAsync(step.Run.Run, workflow.State.BranchUid!.Value, cancellationToken);
        var running = new SetExperimentStateRequest
        {
            Name = workflow.Branch.ToString(),
            State = ExperimentState.Running,
            Reason = $"{step.Origin}.",
            RequestId = step.RequestIdFor("running"),
        };
        await step.Calls.DoAsync<BranchService.BranchServiceClient, SetExperimentStateResponse>(
            step.Run,
            (client, options) => client.SetExperimentStateAsync(running, options),
            cancellationToken
        );
        return new($"{workflow.Branch} is made.");
    }

    public async Task<string> PreviewAsync(StepContext step, CancellationToken cancellationToken)
    {
        var request = await RequestAsync(step, cancellationToken);
        request.ValidateOnly = true;
        request.RequestId = "";
        var would = await CreateAsync(step, request, cancellationToken);
        return $"fork {would.Name} from {would.ForkPoint?.Branch} at version {would.ForkPoint?.Version}.";
    }

    private async Task ForkAsync(StepContext step, CancellationToken cancellationToken)
    {
        var branch = await CreateAsync(step, await RequestAsync(step, cancellationToken), cancellationToken);
        var id = BranchName.Parse(branch.Name).Branch;
        var created = branch.CreateTime.ToDateTimeOffset();
        var names = await NamesAsync(step, cancellationToken);
        await step.Workflow.KeepAsync(
            state =>
                state with
                {
                    Branch = id,
                    BranchUid = Guid.Parse(branch.Uid),
                    BranchTime = created,
                    Number = names.NumberIn(id, created),
                },
            cancellationToken
        );
        step.Workflow.Log(LogLevel.Information, $"Forked {branch.Name}.");
    }

    private static async Task<Branch> CreateAsync(
        StepContext step,
        CreateBranchRequest request,
        CancellationToken cancellationToken
    )
    {
        var made = await step.Calls.DoAsync<BranchService.BranchServiceClient, CreateBranchResponse>(
            step.Run,
            (client, options) => client.CreateBranchAsync(request, options),
            cancellationToken
        );
        return made.Branch;
    }

    private async Task<CreateBranchRequest> RequestAsync(StepContext step, CancellationToken cancellationToken)
    {
        var (workflow, run) = (step.Workflow, step.Run.Run);
        var names = await NamesAsync(step, cancellationToken);
        names.Check();
        foreach (var tag in names.TagsKnownAt(time.GetUtcNow()))
            await RefuseTakenAsync(step, tag, cancellationToken);
        var title = workflow.Definition.DisplayName;
        var request = new CreateBranchRequest
        {
            Parent = workflow.Name.Parent.ToString(),
            BranchId = names.BranchIdFor(workflow.Name.Workflow, run.Id, run.CreateTime),
            Branch = new()
            {
                DisplayName = title,
                Description = ExperimentBranch.Cut($"{step.Origin}.", MaxDescription),
                Owner = run.Creator,
                Labels =
                {
                    [ExperimentBranch.WorkflowLabel] = workflow.Name.Workflow,
                    [ExperimentBranch.RunLabel] = run.Id.ToString(),
                },
            },
            Source = step.Definition.Fork.Source,
            RequestId = step.RequestIdFor("create"),
        };
        request.TemplateValues.Add(names.BranchValues.ToDictionary());
        return request;
    }

    /// <summary>
    /// A tag that is there already would be found when the results are merged and nothing but the name is left to do.
    /// One that comes meanwhile is found by the step that makes it.
    /// </summary>
    private static async Task RefuseTakenAsync(StepContext step, string tag, CancellationToken cancellationToken)
    {
        var request = new GetTagRequest { Name = new TagName(step.Workflow.Name.Project, tag).ToString() };
        try
        {
            await step.Calls.DoAsync<TagService.TagServiceClient, GetTagResponse>(
                step.Run,
                (client, options) => client.GetTagAsync(request, options),
                cancellationToken
            );
        }
        catch (DendriteException free) when (free.Reason is ErrorReason.TagNotFound)
        {
            return;
        }

        throw new StepRefusedException(
            $"Tag '{tag}', which the result would be named by, exists already: give other values, delete that tag, or "
                + "have the workflow name it otherwise."
        );
    }

    private async Task<ExperimentNames> NamesAsync(StepContext step, CancellationToken cancellationToken)
    {
        var workflow = step.Workflow;
        var project = await projects.GetAsync(workflow.Name.Project, cancellationToken);
        return ExperimentNames.Of(workflow.Definition, workflow.Values, project.BranchNamingTemplates);
    }
}
