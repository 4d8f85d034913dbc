using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Backups;

/// <summary><c>dendrite restore</c>: a backup into new branches, or the newest one of a store into an empty
/// platform.</summary>
internal sealed class RestoreCommand
{
    /// <summary>What a plan backs up that was made to restore by: everything.</summary>
    private const string Everything = "create_time > \"1970-01-01T00:00:00Z\"";

    private readonly Argument<string?> backup = new("BACKUP")
    {
        Description =
            "The backup: PLAN/ID, as a list shows it, or its full name; with --store the newest one without it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> prefix = new("--prefix")
    {
        Description = "Put before the ids of what is made, such as 'restored-'; without it the ids must be free.",
        DefaultValueFactory = _ => "",
        HelpName = "TEXT",
    };

    private readonly Option<string[]> branches = new("--branch")
    {
        Description = "Restore this branch of the backup; may be given again. All without it.",
        HelpName = "ID",
    };

    private readonly Option<string[]> tags = new("--tag")
    {
        Description = "Restore this tag of the backup; may be given again.",
        HelpName = "ID",
    };

    private readonly Option<string?> store = new("--store")
    {
        Description = "After a loss: take in what this store of the installation holds, with --plan.",
        HelpName = "NAME",
    };

    private readonly Option<string?> plan = new("--plan")
    {
        Description = "With --store: the plan by which the backups were made.",
        HelpName = "ID",
    };

    private RestoreCommand() { }

    public static Command Build(CliApplication application)
    {
        var options = new RestoreCommand();
        var command = new Command("restore", "Bring branches and tags back from a backup: all of it, or nothing.")
        {
            options.backup,
            options.prefix,
            options.branches,
            options.tags,
            options.store,
            options.plan,
        };
        application.Bind(command, options.RunAsync);
        return command;
    }

    private async Task<ExitCode> RunAsync(Session session, CancellationToken cancellationToken)
    {
        var (name, damages) = await FindAsync(session, cancellationToken);
        var request = new RestoreBackupRequest
        {
            Name = name,
            IdPrefix = session.Arguments.GetValue(prefix) ?? "",
            RequestId = session.NewRequestId(),
        };
        request.Items.Add((session.Arguments.GetValue(branches) ?? []).Select(session.Platform.BranchName));
        request.Items.Add((session.Arguments.GetValue(tags) ?? []).Select(session.Platform.TagName));
        var begun = await session.Platform.Backups.RestoreBackupAsync(request, cancellationToken: cancellationToken);
        var done = await OperationWait.UntilDoneAsync(session, begun.Operation, cancellationToken);
        var result = OperationWait.RequireSuccess(done).Response.Unpack<RestoreResult>();
        BackupView.Write(session.Output, result, damages);
        return ExitCode.Success;
    }

    /// <returns>Name of the backup; the damage found in the store, null where none was looked through.</returns>
    private async Task<(string Name, IReadOnlyList<BackupDamage>? Damages)> FindAsync(
        Session session,
        CancellationToken cancellationToken
    )
    {
        var named = session.Arguments.GetValue(backup);
        if (session.Arguments.GetValue(store) is not { } lost)
        {
            return named is not null
                ? (session.Platform.BackupName(named), null)
                : throw new CliException(ExitCode.Usage, "USAGE", "Name a backup, or give --store and --plan.");
        }

        var planId =
            session.Arguments.GetValue(plan)
            ?? throw new CliException(ExitCode.Usage, "USAGE", "--store needs --plan: by which the backups were made.");
        await EnsureAsync(session, planId, lost, cancellationToken);
        var found = await session.Platform.Backups.ImportBackupsAsync(
            new() { Parent = session.Platform.BackupPlanName(planId) },
            cancellationToken: cancellationToken
        );
        foreach (var damage in found.Damages)
        {
            session.Output.Warn($"{damage.Object} is damaged: {damage.Problem}");
        }

        var name =
            named is not null ? session.Platform.BackupName(named)
            : found.Backups.Count > 0 ? found.Backups[0].Name
            : throw new CliException(
                ExitCode.NotFound,
                "BACKUP_NOT_FOUND",
                $"Store '{lost}' holds no backup of plan '{planId}' of {session.Platform.ProjectName}."
            )
            {
                Details = found
                    .Damages.DistinctBy(damage => damage.Object)
                    .ToDictionary(damage => $"damage.{damage.Object}", damage => damage.Problem),
            };
        return (name, found.Damages);
    }

    /// <summary>Makes the project and the plan where they were lost.</summary>
    /// <exception cref="CliException">The plan was not lost, and is of another store.</exception>
    private static async Task EnsureAsync(
        Session session,
        string planId,
        string lost,
        CancellationToken cancellationToken
    )
    {
        var platform = session.Platform;
        await UnlessThereAsync(async () =>
            await platform.Projects.CreateProjectAsync(
                new() { ProjectId = platform.Project, RequestId = session.NewRequestId() },
                cancellationToken: cancellationToken
            )
        );
        var isMade = await UnlessThereAsync(async () =>
            await platform.Backups.CreateBackupPlanAsync(
                new()
                {
                    Parent = platform.ProjectName,
                    BackupPlanId = planId,
                    BackupPlan = new()
                    {
                        Store = lost,
                        BranchFilter = Everything,
                        TagFilter = Everything,
                        DisplayName = "made by a restore",
                    },
                    RequestId = session.NewRequestId(),
                },
                cancellationToken: cancellationToken
            )
        );
        if (!isMade)
        {
            await CheckStoreAsync(session, planId, lost, cancellationToken);
        }
    }

    /// <summary>The backups of a plan are looked for in its store, whatever store was named.</summary>
    private static async Task CheckStoreAsync(
        Session session,
        string planId,
        string named,
        CancellationToken cancellationToken
    )
    {
        var found = await session.Platform.Backups.GetBackupPlanAsync(
            new() { Name = session.Platform.BackupPlanName(planId) },
            cancellationToken: cancellationToken
        );
        if (found.BackupPlan.Store is var own && own != named)
        {
            throw new CliException(
                ExitCode.Conflict,
                "STORE_OF_ANOTHER_PLAN",
                $"Plan '{planId}' is there and keeps its backups in store '{own}', not in '{named}': "
                    + "give --store as the plan has it, or another --plan."
            );
        }
    }

    /// <returns>False: it was not lost.</returns>
    private static async Task<bool> UnlessThereAsync(Func<Task> create)
    {
        try
        {
            await create();
            return true;
        }
        catch (RpcException failure) when (ErrorStatus.FromRpcException(failure)?.Reason == ErrorReason.AlreadyExists)
        {
            return false;
        }
    }
}
