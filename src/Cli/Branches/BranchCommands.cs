using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch …</c>: all that is done to branches.</summary>
internal static class BranchCommands
{
    public static Command Build(CliApplication application) =>
        new("branch", "Fork, list, change, archive, delete and restore branches.")
        {
            BranchCreateCommand.Build(application),
            BranchListCommand.Build(application),
            Show(application),
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

    public static Argument<string> BranchArgument() => new("BRANCH") { Description = "Id of the branch." };

    /// <summary>A command that does something to one branch and shows what became of it.</summary>
    /// <param name="work">Gets the branch's resource name and a new request id.</param>
    public static Command OnOne(
        CliApplication application,
        Command command,
        Func<Session, BranchTarget, CancellationToken, Task<Branch>> work
    )
    {
        var id = BranchArgument();
        command.Arguments.Insert(0, id);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id));
                var target = new BranchTarget(name, session.NewRequestId());
                BranchView.WriteOne(session.Output, await work(session, target, cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application) =>
        OnOne(
            application,
            new Command("show", "Show one branch."),
            async (session, target, cancellationToken) =>
                (
                    await session.Platform.Branches.GetBranchAsync(
                        new GetBranchRequest { Name = target.Name },
                        cancellationToken: cancellationToken
                    )
                ).Branch
        );
}

/// <summary>Which branch a command is about.</summary>
/// <param name="RequestId">Sent with a change, so that a retry below does it once.</param>
internal sealed record BranchTarget(string Name, string RequestId);
