using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Backups;

/// <summary><c>dendrite backup plan create | list | show | update | delete</c>.</summary>
internal static class BackupPlanCommands
{
    public static Command Build(CliApplication application)
    {
        var plans = new ResourceCommands(
            application,
            BackupCommands.PlanArgument,
            (platform, id) => platform.BackupPlanName(id)
        );
        return new("plan", "Say what is backed up, where to, and how long it is kept.")
        {
            Create(plans),
            List(plans),
            Show(plans),
            Update(plans),
            Delete(plans),
        };
    }

    private static Command Create(ResourceCommands plans)
    {
        var options = new BackupPlanOptions();
        return plans.Create(
            "Make a plan.",
            options.All,
            async (session, id, token) =>
            {
                var request = new CreateBackupPlanRequest
                {
                    Parent = session.Platform.ProjectName,
                    BackupPlanId = id,
                    BackupPlan = options.Read(session.Arguments).Plan,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Backups.CreateBackupPlanAsync(request, cancellationToken: token);
            },
            (output, made) => BackupView.Write(output, made.BackupPlan)
        );
    }

    private static Command List(ResourceCommands plans) =>
        plans.List(
            "List the plans of the project.",
            (project, size) => new ListBackupPlansRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Backups.ListBackupPlansAsync(asked, cancellationToken: token),
            BackupView.Write
        );

    private static Command Show(ResourceCommands plans) =>
        plans.Show(
            "Show a plan.",
            (platform, name, token) =>
                platform.Backups.GetBackupPlanAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => BackupView.Write(output, found.BackupPlan)
        );

    private static Command Update(ResourceCommands plans)
    {
        var options = new BackupPlanOptions();
        return plans.Update(
            "Change what is given, and nothing else.",
            options.All,
            async (session, target, token) =>
            {
                var (plan, given) = options.Read(session.Arguments);
                (plan.Name, plan.Etag) = (target.Name, target.Etag);
                var request = new UpdateBackupPlanRequest
                {
                    BackupPlan = plan,
                    UpdateMask = given.Mask,
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Backups.UpdateBackupPlanAsync(request, cancellationToken: token);
            },
            (output, changed) => BackupView.Write(output, changed.BackupPlan)
        );
    }

    private static Command Delete(ResourceCommands plans) =>
        plans.Delete(
            "Delete a plan; its backups stay.",
            (platform, target, token) =>
                platform.Backups.DeleteBackupPlanAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                ),
            name => $"Deleted {name}; its backups stay."
        );
}
