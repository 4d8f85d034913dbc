using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Rpc;
using Dendrite.SchedulerService.Workflows.Running;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.Storage.Workflows;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>Begins runs of workflows that callers ask for. Thread-safe.</summary>
internal sealed class WorkflowStarts(
    WorkflowStore workflows,
    WorkflowRunStore runs,
    JobStore jobs,
    ProjectStore projects,
    RunRequests requests
)
{
    /// <summary>Begins a run, or finds that of the first request.</summary>
    /// <returns>The run, and the id of its branch; null before that is made.</returns>
    /// <exception cref="DendriteException">
    /// WORKFLOW_NOT_FOUND; INVALID_ARGUMENT: the values make no names of branch and tags.
    /// </exception>
    public async Task<(RunRecord Run, string? Branch)> BeginAsync(
        ProjectId project,
        WorkflowName name,
        IReadOnlyDictionary<string, string> values,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        // What was begun before is answered though the workflow has changed since.
        var run =
            await requests.FindDoneAsync(project, name.Workflow, mutation, cancellationToken)
            ?? await AddAsync(project, name, values, mutation, cancellationToken);
        var found = await runs.FindAsync(project, new(run.Job, run.Id), cancellationToken);
        return (run, found?.State is { } state ? WorkflowState.Parse(state).Branch : null);
    }

    private async Task<RunRecord> AddAsync(
        ProjectId project,
        WorkflowName name,
        IReadOnlyDictionary<string, string> values,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var workflow = await workflows.GetAsync(project, name.Workflow, cancellationToken);
        var definition = WorkflowMapper.ReadDefinition(workflow.Definition);
        var known = await projects.GetAsync(name.Project, cancellationToken);
        ExperimentNames.Of(definition, values, known.BranchNamingTemplates).Check();
        var job =
            await jobs.FindAsync(project, name.Workflow, cancellationToken)
            ?? throw WorkflowStore.NoSuchWorkflow(name.Workflow);
        var beginning = new WorkflowBeginning(name.Workflow, values.ToDictionary());
        return await requests.RunAsync(job, dryRun: false, mutation, cancellationToken, beginning);
    }
}
