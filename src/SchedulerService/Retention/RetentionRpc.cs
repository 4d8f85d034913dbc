using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Retention;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Answers <c>dendrite.v1.RetentionService</c>.</summary>
internal sealed partial class RetentionRpc(
    RetentionProjects projects,
    RetentionPolicyStore policies,
    RetentionFilters filters,
    RetentionBreadth breadth,
    RetentionPreview preview,
    ILogger<RetentionRpc> logger
) : RetentionService.RetentionServiceBase
{
    public override async Task<CreateRetentionPolicyResponse> CreateRetentionPolicy(
        CreateRetentionPolicyRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.RetentionPolicyId, "retention_policy_id");
        var fields = request.RetentionPolicy ?? throw DendriteException.Invalid("retention_policy", "is missing");
        var asked = RetentionInput.New(fields);
        var wanted = RetentionInput.Apply(RetentionInput.Unset(id), asked);
        var name = new RetentionPolicyName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.AdministeredAsync(context, parent.Project);
        await CheckAsync(wanted, parent, project, context.CancellationToken);
        var made = await policies.CreateAsync(project, id, asked, mutation, context.CancellationToken);
        LogCreated(logger, name, mutation.Actor);
        return new() { RetentionPolicy = RetentionMapper.ToContract(made, parent.Project) };
    }

    public override async Task<GetRetentionPolicyResponse> GetRetentionPolicy(
        GetRetentionPolicyRequest request,
        ServerCallContext context
    )
    {
        var name = RetentionPolicyName.Parse(request.Name);
        var project = await projects.ReachedAsync(context, name.Project);
        var policy = await policies.GetAsync(project, name.RetentionPolicy, context.CancellationToken);
        return new() { RetentionPolicy = RetentionMapper.ToContract(policy, name.Project) };
    }

    public override async Task<ListRetentionPoliciesResponse> ListRetentionPolicies(
        ListRetentionPoliciesRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListRetentionPolicies), request.Parent);
        var project = await projects.ReachedAsync(context, parent.Project);
        var found = await policies.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListRetentionPoliciesResponse();
        response.RetentionPolicies.AddRange(
            page.Of(found).Select(policy => RetentionMapper.ToContract(policy, parent.Project))
        );
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<UpdateRetentionPolicyResponse> UpdateRetentionPolicy(
        UpdateRetentionPolicyRequest request,
        ServerCallContext context
    )
    {
        var fields = request.RetentionPolicy ?? throw DendriteException.Invalid("retention_policy", "is missing");
        var name = RetentionPolicyName.Parse(fields.Name, "retention_policy.name");
        var change = RetentionInput.Change(fields, request.UpdateMask);
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var project = await projects.AdministeredAsync(context, name.Project);
        var current = await policies.GetAsync(project, name.RetentionPolicy, context.CancellationToken);
        var wanted = RetentionInput.Apply(current, change);
        await CheckAsync(wanted, new(name.Project), project, context.CancellationToken);
        // What fits together was judged by what is there now: a change in between must not slip under it.
        var revision = Etag.ToRevision(fields.Etag) ?? current.Revision;
        var target = new RowTarget(name.RetentionPolicy, revision);
        var changed = await policies.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        LogChanged(logger, fields.Name, mutation.Actor);
        return new() { RetentionPolicy = RetentionMapper.ToContract(changed, name.Project) };
    }

    public override async Task<DeleteRetentionPolicyResponse> DeleteRetentionPolicy(
        DeleteRetentionPolicyRequest request,
        ServerCallContext context
    )
    {
        var name = RetentionPolicyName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var target = new RowTarget(name.RetentionPolicy, Etag.ToRevision(request.Etag));
        var project = await projects.AdministeredAsync(context, name.Project);
        var deletion = policies.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.RetentionPolicyNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    public override async Task<PreviewRetentionResponse> PreviewRetention(
        PreviewRetentionRequest request,
        ServerCallContext context
    )
    {
        var asked = preview.Read(request);
        var project = await projects.ReachedAsync(context, asked.Project.Project);
        return await preview.LookAsync(asked, project, context.CancellationToken);
    }

    private async Task CheckAsync(
        RetentionPolicyRecord wanted,
        ProjectName project,
        ProjectId projectId,
        CancellationToken cancellationToken
    )
    {
        await filters.CheckAsync(wanted.Filter, project, cancellationToken);
        var others = await policies.ListAsync(projectId, "", RetentionPolicyStore.MaxPolicies * 2, cancellationToken);
        var asked = new RetentionQuestion(project, projectId, others, preview.Now);
        await breadth.CheckAsync(wanted, asked, cancellationToken);
    }
}
