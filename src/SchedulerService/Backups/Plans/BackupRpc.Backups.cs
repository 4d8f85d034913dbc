using System.Text.Json.Nodes;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.SchedulerService.Backups.Checking;
using Dendrite.SchedulerService.Backups.Making;
using Dendrite.SchedulerService.Backups.Restoring;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Requests;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.SchedulerService.Backups.Plans;

internal sealed partial class BackupRpc
{
    private const int MaxPrefix = 40;

    public override async Task<StartBackupResponse> StartBackup(StartBackupRequest request, ServerCallContext context)
    {
        var name = BackupPlanName.Parse(request.Parent, "parent");
        var mutation = Mutations.Of(context, request, request.RequestId, request.Parent);
        var project = await projects.AdministerAsync(context, name.Project);
        var plan = await plans.GetAsync(project, name.Plan, context.CancellationToken);
        stores.Get(plan.Store, "parent");
        var settled = new StartBackupRequest { Parent = request.Parent };
        return new()
        {
            Operation = await BeginAsync(context, (project, name.Parent), settled, mutation, BackupTask.MethodName),
        };
    }

    public override async Task<GetBackupResponse> GetBackup(GetBackupRequest request, ServerCallContext context)
    {
        var name = BackupName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var backup = await backups.GetAsync(project, new(name.Plan, name.Backup), context.CancellationToken);
        return new() { Backup = BackupMessages.Of(name.Project, backup) };
    }

    public override async Task<ListBackupsResponse> ListBackups(ListBackupsRequest request, ServerCallContext context)
    {
        var parent = BackupPlanName.Parse(request.Parent, "parent");
        var page = ListPage.Read(request.PageToken, request.PageSize, nameof(ListBackups), request.Parent);
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await backups.ListAsync(project, parent.Plan, page.Place, page.Limit, context.CancellationToken);
        if (found.Count == 0 && page.Place is null)
        {
            // Backups outlive their plan, so only where there are none must the plan be there.
            await plans.GetAsync(project, parent.Plan, context.CancellationToken);
        }

        var response = new ListBackupsResponse();
        response.Backups.AddRange(page.Of(found).Select(backup => BackupMessages.Of(parent.Project, backup)));
        response.NextPageToken = page.TokenAfter(found, last => last.Name);
        return response;
    }

    public override async Task<DeleteBackupResponse> DeleteBackup(
        DeleteBackupRequest request,
        ServerCallContext context
    )
    {
        var name = BackupName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var project = await projects.AdministerAsync(context, name.Project);
        var deletion = sweeps.DeleteAsync(project, new(name.Plan, name.Backup), mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.BackupNotFound))
        {
            cleaner.Wake();
        }

        return new();
    }

    public override async Task<CheckBackupResponse> CheckBackup(CheckBackupRequest request, ServerCallContext context)
    {
        var name = BackupName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var backup = await backups.GetAsync(project, new(name.Plan, name.Backup), context.CancellationToken);
        stores.Get(backup.Store, "name");
        var settled = new CheckBackupRequest { Name = request.Name };
        return new()
        {
            Operation = await BeginAsync(
                context,
                (project, name.Parent.Parent),
                settled,
                mutation,
                CheckTask.MethodName
            ),
        };
    }

    public override async Task<RestoreBackupResponse> RestoreBackup(
        RestoreBackupRequest request,
        ServerCallContext context
    )
    {
        var name = BackupName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.AdministerAsync(context, name.Project);
        var workProject = new WorkProject(project, name.Parent.Parent);
        if (await operations.FindAsync(workProject, mutation, context.CancellationToken) is { } again)
        {
            return new() { Operation = again };
        }

        var backup = await backups.GetAsync(project, new(name.Plan, name.Backup), context.CancellationToken);
        stores.Get(backup.Store, "name");
        await RequireFreeAsync(project, backup, request, context.CancellationToken);
        var settled = new RestoreBackupRequest(request) { RequestId = "" };
        return new()
        {
            Operation = await BeginAsync(
                context,
                (project, name.Parent.Parent),
                settled,
                mutation,
                RestoreTask.MethodName
            ),
        };
    }

    /// <summary>Whether the names are free, before any work is done for them.</summary>
    private async Task RequireFreeAsync(
        ProjectId project,
        BackupRecord backup,
        RestoreBackupRequest request,
        CancellationToken cancellationToken
    )
    {
        if (request.IdPrefix.Length > MaxPrefix)
        {
            throw DendriteException.Invalid(
                "id_prefix",
                $"has {request.IdPrefix.Length} characters; at most {MaxPrefix} are allowed"
            );
        }

        var held = JsonNode.Parse(backup.ItemsJson)!.AsArray().Select(item => (string)item!["resource"]!).ToHashSet();
        if (request.Items.FirstOrDefault(item => !held.Contains(item)) is { } missing)
        {
            var shown = missing.Length <= 120 ? missing : missing[..120];
            throw DendriteException.Invalid(
                "items",
                $"the backup does not hold '{shown}'; get the backup for what it holds"
            );
        }

        var wanted = request.Items.Count == 0 ? held : [.. request.Items];
        string[] branches = [.. wanted.Select(BranchOf).OfType<string>().Select(id => NameOf(id, request.IdPrefix))];
        string[] tags = [.. wanted.Select(TagOf).OfType<string>().Select(id => NameOf(id, request.IdPrefix))];
        var taken = await restores.ListTakenAsync(project, branches, tags, cancellationToken);
        if (taken.Count > 0)
        {
            throw new DendriteException(
                ErrorReason.AlreadyExists,
                $"What is to be restored has ids that are taken: {string.Join("; ", taken)}. Restore with a prefix "
                    + "(id_prefix, or --prefix TEXT), such as 'restored-', or name other items."
            );
        }
    }

    private static string NameOf(string id, string prefix) => ResourceId.Check(prefix + id, "id_prefix");

    private static string? BranchOf(string resource) =>
        BranchName.TryParse(resource, out var name) ? name.Branch : null;

    private static string? TagOf(string resource) => TagName.TryParse(resource, out var name) ? name.Tag : null;

    private Task<V1.Operation> BeginAsync(
        ServerCallContext context,
        (ProjectId Id, ProjectName Name) project,
        IMessage settled,
        Mutation mutation,
        string method
    ) =>
        operations.StartAsync(
            new WorkProject(project.Id, project.Name),
            new LongWork(method, settled),
            mutation,
            context.CancellationToken
        );
}
