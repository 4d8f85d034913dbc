using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.SchedulerService.Rpc;
using Dendrite.SchedulerService.Runs;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Sync;
using Dendrite.Storage.Workflows;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Workflows;

/// <summary>Answers <c>dendrite.v1.WorkflowService</c>.</summary>
internal sealed partial class WorkflowRpc(
    ReachedProjects projects,
    WorkflowStore workflows,
    SyncSourceStore sources,
    WorkflowStarts starts,
    TimeProvider time,
    ILogger<WorkflowRpc> logger
) : WorkflowService.WorkflowServiceBase
{
    /// <summary>An update without an etag that meets others tries so often.</summary>
    private const string Field = WorkflowInput.Field;

    public override async Task<CreateWorkflowResponse> CreateWorkflow(
        CreateWorkflowRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.WorkflowId, "workflow_id");
        var fields = request.Workflow ?? throw DendriteException.Invalid(Field, "is missing");
        var name = new WorkflowName(parent.Project, id);
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var project = await projects.AdministerAsync(context, parent.Project);
        var token = context.CancellationToken;
        // Before what it names is looked up: that may be gone since the first time.
        if (await workflows.FindDoneAsync(project, mutation, token) is { } done)
            return new() { Workflow = WorkflowMapper.ToContract(done, parent.Project) };
        var settled = await SettleAsync(project, parent, fields, token);
        var job = WorkflowJobs.Of(project, name, settled.DisplayName, time.GetUtcNow());
        var definition = WorkflowMapper.WriteDefinition(settled);
        var made = await workflows.CreateAsync(job, definition, mutation, token);
        LogCreated(logger, name.ToString(), mutation.Actor);
        return new() { Workflow = WorkflowMapper.ToContract(made, parent.Project) };
    }

    public override async Task<GetWorkflowResponse> GetWorkflow(GetWorkflowRequest request, ServerCallContext context)
    {
        var name = WorkflowName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var workflow = await workflows.GetAsync(project, name.Workflow, context.CancellationToken);
        return new() { Workflow = WorkflowMapper.ToContract(workflow, name.Project) };
    }

    public override async Task<ListWorkflowsResponse> ListWorkflows(
        ListWorkflowsRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListWorkflows), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await workflows.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListWorkflowsResponse();
        response.Workflows.AddRange(
            PageBytes.Fitting(page.Of(found).Select(record => WorkflowMapper.ToContract(record, parent.Project)))
        );
        response.NextPageToken = page.TokenAfter(found, response.Workflows.Count, last => last.Name);
        return response;
    }

    public override async Task<UpdateWorkflowResponse> UpdateWorkflow(
        UpdateWorkflowRequest request,
        ServerCallContext context
    )
    {
        var fields = request.Workflow ?? throw DendriteException.Invalid(Field, "is missing");
        var name = WorkflowName.Parse(fields.Name, $"{Field}.name");
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var expected = Etag.ToRevision(fields.Etag);
        var project = await projects.AdministerAsync(context, name.Project);
        var token = context.CancellationToken;
        if (await workflows.FindDoneAsync(project, mutation, token) is { } done)
            return new() { Workflow = WorkflowMapper.ToContract(done, name.Project) };
        return await Updates.OntoLatestAsync(expected, ChangeAsync);

        async Task<UpdateWorkflowResponse> ChangeAsync()
        {
            var current = await workflows.GetAsync(project, name.Workflow, token);
            var now = WorkflowMapper.ReadDefinition(current.Definition);
            var merged = WorkflowInput.Merge(now, fields, request.UpdateMask);
            var settled = await SettleAsync(project, name.Parent, merged, token);
            var target = new RowTarget(name.Workflow, expected ?? current.Revision);
            var definition = WorkflowMapper.WriteDefinition(settled);
            var changed = await workflows.UpdateAsync(project, target, definition, mutation, token);
            LogChanged(logger, fields.Name, mutation.Actor);
            return new() { Workflow = WorkflowMapper.ToContract(changed, name.Project) };
        }
    }

    public override async Task<DeleteWorkflowResponse> DeleteWorkflow(
        DeleteWorkflowRequest request,
        ServerCallContext context
    )
    {
        var name = WorkflowName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var target = new RowTarget(name.Workflow, Etag.ToRevision(request.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        var deletion = workflows.DeleteAsync(project, target, name.ToString(), mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.WorkflowNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    public override async Task<RunWorkflowResponse> RunWorkflow(RunWorkflowRequest request, ServerCallContext context)
    {
        var name = WorkflowName.Parse(request.Name);
        NamingTemplate.CheckValues(request.TemplateValues, "template_values");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var begun = await starts.BeginAsync(project, name, request.TemplateValues, mutation, context.CancellationToken);
        return new()
        {
            Run = RunMapper.ToContract(new JobName(name.Project, name.Workflow), begun.Run),
            Branch = begun.Branch is { } branch ? new BranchName(name.Project, branch).ToString() : "",
        };
    }

    /// <summary>Checks the fields, and that the sources they name are there. One round trip for each source.</summary>
    private async Task<Workflow> SettleAsync(
        ProjectId project,
        ProjectName parent,
        Workflow fields,
        CancellationToken cancellationToken
    )
    {
        var settled = WorkflowInput.Settle(fields, parent);
        for (var i = 0; i < settled.Steps.Count; i++)
        {
            var source = settled.Steps[i].SyncSource;
            if (source.Length == 0)
                continue;
            if (await sources.FindAsync(project, SyncSourceName.Parse(source).SyncSource, cancellationToken) is null)
                throw DendriteException.Invalid(
                    $"{Field}.steps[{i}].sync_source",
                    $"'{source}' does not exist; make the source first"
                );
        }

        return settled;
    }
}
