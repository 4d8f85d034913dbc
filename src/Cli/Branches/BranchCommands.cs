using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch …</c>: all that is done to branches.</summary>
internal static class BranchCommands
{
    public static Command Build(CliApplication application)
    {
        var branches = new ResourceCommands(application, BranchArgument, (platform, id) => platform.BranchName(id));
        return new("branch", "Fork, list, change, archive, delete and restore branches.")
        {
            BranchCreateCommand.Build(application),
            BranchListCommand.Build(application),
            Show(branches),
            BranchUpdateCommand.Build(branches),
            BranchEditCommands.Rename(application),
            BranchEditCommands.Label(application),
            BranchEditCommands.State(application),
            BranchExtendCommand.Build(application),
            BranchStateCommands.Protect(application, isProtected: true),
            BranchStateCommands.Protect(application, isProtected: false),
            BranchStateCommands.Archive(application),
            BranchStateCommands.Unarchive(application),
            BranchStateCommands.Delete(application),
            BranchStateCommands.Undelete(application),
            BranchGraphCommands.Children(application),
            BranchGraphCommands.Ancestors(application),
            BranchGraphCommands.Graph(application),
            BranchUsageCommand.Build(application),
        };
    }

    public static Argument<string> BranchArgument() => new("BRANCH") { Description = "Id of the branch." };

    /// <summary>A command that changes one branch, where it still has that etag, and shows what it is then.</summary>
    public static Command OnOne(
        CliApplication application,
        Command command,
        Func<Session, BranchTarget, CancellationToken, Task<Branch>> work
    )
    {
        var (id, etag) = (BranchArgument(), FieldOptions.Etag());
        command.Arguments.Insert(0, id);
        command.Add(etag);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id));
                var guard = session.Arguments.GetValue(etag) ?? "";
                var target = new BranchTarget(name, guard, session.NewRequestId());
                BranchView.WriteOne(session.Output, await work(session, target, cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(ResourceCommands branches) =>
        branches.Show(
            "Show one branch.",
            (platform, name, token) =>
                platform.Branches.GetBranchAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => BranchView.WriteOne(output, found.Branch)
        );
}

/// <summary>Which branch a command is about.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Etag">The one that it must still have; empty: any.</param>
/// <param name="RequestId">Sent with the change, so that a retry below does it once.</param>
internal sealed record BranchTarget(string Name, string Etag, string RequestId);
