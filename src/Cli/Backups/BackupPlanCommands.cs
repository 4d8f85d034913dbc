using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Backups;

/// <summary><c>dendrite backup plan create | list | show | update | delete</c>.</summary>
internal static class BackupPlanCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("plan", "Say what is backed up, where to, and how long it is kept.")
        {
            Create(application),
            List(application),
            Show(application),
            Update(application),
            Delete(application),
        };

    private static Command Create(CliApplication application)
    {
        var (id, fields) = (BackupCommands.PlanArgument(), new BackupPlanOptions());
        var command = new Command("create", "Make a plan.") { id };
        fields.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var made = await session.Platform.Backups.CreateBackupPlanAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        BackupPlanId = session.Arguments.GetRequiredValue(id),
                        BackupPlan = fields.Read(session.Arguments).Plan,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                BackupView.Write(session.Output, made.BackupPlan);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the plans of the project.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    new ListBackupPlansRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
                    (asked, token) => session.Platform.Backups.ListBackupPlansAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                BackupView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = BackupCommands.PlanArgument();
        var command = new Command("show", "Show a plan.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BackupPlanName(session.Arguments.GetRequiredValue(id));
                var found = await session.Platform.Backups.GetBackupPlanAsync(
                    new() { Name = name },
                    cancellationToken: cancellationToken
                );
                BackupView.Write(session.Output, found.BackupPlan);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Update(CliApplication application)
    {
        var (id, fields) = (BackupCommands.PlanArgument(), new BackupPlanOptions());
        var etag = new Option<string?>("--etag") { Description = "Only while the plan has this etag.", HelpName = "E" };
        var command = new Command("update", "Change what is given, and nothing else.") { id };
        fields.AddTo(command);
        command.Add(etag);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var (plan, mask) = fields.Read(session.Arguments);
                plan.Name = session.Platform.BackupPlanName(session.Arguments.GetRequiredValue(id));
                plan.Etag = session.Arguments.GetValue(etag) ?? "";
                var changed = await session.Platform.Backups.UpdateBackupPlanAsync(
                    new()
                    {
                        BackupPlan = plan,
                        UpdateMask = mask,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                BackupView.Write(session.Output, changed.BackupPlan);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = BackupCommands.PlanArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", "Delete a plan; its backups stay.") { id, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BackupPlanName(session.Arguments.GetRequiredValue(id));
                await session.Platform.Backups.DeleteBackupPlanAsync(
                    new()
                    {
                        Name = name,
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                session.Output.Note($"deleted {name}; its backups stay");
                return ExitCode.Success;
            }
        );
        return command;
    }
}
