using Dendrite.Access;
using Dendrite.Backups.Stores;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Backups.Making;
using Dendrite.SchedulerService.Backups.Sweeping;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Backups.Plans;

/// <summary>
/// Answers <c>dendrite.v1.BackupService</c>. Backups hold all of a project, and a restore makes branches: both are for
/// those who run the project.
/// </summary>
internal sealed partial class BackupRpc(
    ReachedProjects projects,
    BackupPlanStore plans,
    BackupStore backups,
    BackupSweepStore sweeps,
    RestoreStore restores,
    BackupPlanInput input,
    ItemSelector selector,
    OperationStarter operations,
    StoreCatalog stores,
    BackupCleaner cleaner
) : BackupService.BackupServiceBase
{
    public override async Task<CreateBackupPlanResponse> CreateBackupPlan(
        CreateBackupPlanRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.BackupPlanId, "backup_plan_id");
        var fields = input.New(request.BackupPlan ?? throw DendriteException.Invalid("backup_plan", "is missing"));
        var name = new BackupPlanName(parent.Project, id).ToString();
        var mutation = Mutations.Of(context, request, request.RequestId, name);
        var project = await projects.AdministerAsync(context, parent.Project);
        await selector.CheckAsync(parent, fields, context.CancellationToken);
        var made = await plans.CreateAsync(project, id, fields, mutation, context.CancellationToken);
        return new() { BackupPlan = BackupMessages.Of(parent.Project, made) };
    }

    public override async Task<GetBackupPlanResponse> GetBackupPlan(
        GetBackupPlanRequest request,
        ServerCallContext context
    )
    {
        var name = BackupPlanName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var plan = await plans.GetAsync(project, name.Plan, context.CancellationToken);
        return new() { BackupPlan = BackupMessages.Of(name.Project, plan) };
    }

    public override async Task<ListBackupPlansResponse> ListBackupPlans(
        ListBackupPlansRequest request,
        ServerCallContext context
    )
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListBackupPlans), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await plans.ListAsync(project, page.AfterName, page.Limit, context.CancellationToken);
        var response = new ListBackupPlansResponse();
        response.BackupPlans.AddRange(page.Of(found).Select(plan => BackupMessages.Of(parent.Project, plan)));
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<UpdateBackupPlanResponse> UpdateBackupPlan(
        UpdateBackupPlanRequest request,
        ServerCallContext context
    )
    {
        var fields = request.BackupPlan ?? throw DendriteException.Invalid("backup_plan", "is missing");
        var name = BackupPlanName.Parse(fields.Name, "backup_plan.name");
        var change = input.Change(fields, request.UpdateMask);
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var target = new RowTarget(name.Plan, Etag.ToRevision(fields.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        await selector.CheckAsync(name.Parent, change, context.CancellationToken);
        var changed = await plans.UpdateAsync(project, target, change, mutation, context.CancellationToken);
        return new() { BackupPlan = BackupMessages.Of(name.Project, changed) };
    }

    public override async Task<DeleteBackupPlanResponse> DeleteBackupPlan(
        DeleteBackupPlanRequest request,
        ServerCallContext context
    )
    {
        var name = BackupPlanName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var target = new RowTarget(name.Plan, Etag.ToRevision(request.Etag));
        var project = await projects.AdministerAsync(context, name.Project);
        var deletion = plans.DeleteAsync(project, target, name.ToString(), mutation, context.CancellationToken);
        await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.BackupPlanNotFound);
        return new();
    }
}
