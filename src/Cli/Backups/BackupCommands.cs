using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.Cli.Output;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Backups;

/// <summary><c>dendrite backup plan | start | list | show | check | delete</c>.</summary>
internal static class BackupCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("backup", "Copy branches and tags out of the database, and see that the copies hold.")
        {
            BackupPlanCommands.Build(application),
            Start(application),
            List(application),
            Show(application),
            Check(application),
            Delete(application),
        };

    public static Argument<string> PlanArgument() => new("PLAN") { Description = "Id of the plan." };

    public static Argument<string> BackupArgument() =>
        new("BACKUP") { Description = "The backup: PLAN/ID, as a list shows it, or its full name." };

    private static Command Start(CliApplication application)
    {
        var plan = PlanArgument();
        var command = new Command("start", "Make a backup by a plan, and wait for it.") { plan };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new StartBackupRequest
                {
                    Parent = session.Platform.BackupPlanName(session.Arguments.GetRequiredValue(plan)),
                    RequestId = session.NewRequestId(),
                };
                var begun = await session.Platform.Backups.StartBackupAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                var done = await OperationWait.UntilDoneAsync(session, begun.Operation, cancellationToken);
                BackupView.Write(session.Output, OperationWait.RequireSuccess(done).Response.Unpack<Backup>());
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var plan = PlanArgument();
        var command = new Command("list", "List the backups of a plan, newest first.") { plan };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var parent = session.Platform.BackupPlanName(session.Arguments.GetRequiredValue(plan));
                var all = await Pages.ReadAllAsync(
                    new ListBackupsRequest { Parent = parent, PageSize = PageSize },
                    (asked, token) => session.Platform.Backups.ListBackupsAsync(asked, cancellationToken: token),
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
        var backup = BackupArgument();
        var command = new Command("show", "Show what a backup holds.") { backup };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BackupName(session.Arguments.GetRequiredValue(backup));
                var found = await session.Platform.Backups.GetBackupAsync(
                    new() { Name = name },
                    cancellationToken: cancellationToken
                );
                BackupView.Write(session.Output, found.Backup);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Check(CliApplication application)
    {
        var backup = BackupArgument();
        var command = new Command("check", "Read a backup back, and name every object that is damaged.") { backup };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new CheckBackupRequest
                {
                    Name = session.Platform.BackupName(session.Arguments.GetRequiredValue(backup)),
                    RequestId = session.NewRequestId(),
                };
                var begun = await session.Platform.Backups.CheckBackupAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                var done = await OperationWait.UntilDoneAsync(session, begun.Operation, cancellationToken);
                var found = OperationWait.RequireSuccess(done).Response.Unpack<BackupVerification>();
                BackupView.Write(session.Output, found);
                return found.Damages.Count == 0 ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var backup = BackupArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", "Delete a backup; what another one holds too stays.") { backup, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BackupName(session.Arguments.GetRequiredValue(backup));
                var (backups, requestId) = (session.Platform.Backups, session.NewRequestId());
                var (deleted, wasThere) = await Deletion.DoAsync(
                    session.Arguments.GetValue(missingOk),
                    allows =>
                        backups.DeleteBackupAsync(
                            new()
                            {
                                Name = name,
                                AllowMissing = allows,
                                RequestId = requestId,
                            },
                            cancellationToken: cancellationToken
                        )
                );
                session.Output.WriteResult(deleted, Deletion.Say(name, wasThere));
                return ExitCode.Success;
            }
        );
        return command;
    }
}
