using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary><c>dendrite merge SOURCE</c> and the commands below it.</summary>
internal static class MergeCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var pair = new MergePairOptions("Branch that flows", isRequired: false);
        var preview = new Option<bool>("--preview") { Description = "Say what would happen, and change nothing." };
        var message = new Option<string>("--message", "-m")
        {
            HelpName = "TEXT",
            Description = "Why; the commit's message.",
        };
        var policy = new PolicyOptions();
        var command = new Command("merge", "Bring a branch into another one.") { preview, message };
        pair.AddTo(command);
        policy.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var branches = pair.Read(session);
                var settled = policy.Read(arguments);
                return arguments.GetValue(preview)
                    ? await PreviewAsync(session, branches, settled, cancellationToken)
                    : await MergeAsync(session, branches, settled, arguments.GetValue(message), cancellationToken);
            }
        );
        WaitingMerges.AddTo(command, application);
        return command;
    }

    private static async Task<ExitCode> PreviewAsync(
        Session session,
        MergePair pair,
        MergePolicy policy,
        CancellationToken cancellationToken
    )
    {
        var request = new PreviewMergeRequest
        {
            Pair = pair,
            Policy = policy,
            PageSize = PageSize,
        };
        PreviewMergeResponse? all = null;
        do
        {
            var page = await session.Platform.Merges.PreviewMergeAsync(request, cancellationToken: cancellationToken);
            request.PageToken = page.NextPageToken;
            if (all is null)
            {
                all = page;
                continue;
            }

            all.Conflicts.Add(page.Conflicts);
        } while (request.PageToken.Length > 0);
        all.NextPageToken = "";
        MergeView.Write(session.Output, all);
        return all.Outcome is MergeOutcome.Conflicting or MergeOutcome.ChecksFailed
            ? ExitCode.Failure
            : ExitCode.Success;
    }

    private static async Task<ExitCode> MergeAsync(
        Session session,
        MergePair pair,
        MergePolicy policy,
        string? message,
        CancellationToken cancellationToken
    )
    {
        var done = await session.Platform.Merges.MergeBranchAsync(
            new()
            {
                Pair = pair,
                Policy = policy,
                Message = message ?? "",
            },
            cancellationToken: cancellationToken
        );
        if (session.Output.IsJson)
        {
            session.Output.WriteMessage(done);
        }
        else if (done.Merge is { } merge)
        {
            MergeView.Write(session.Output, merge);
            MergeView.WriteWarnings(session.Output, done.CheckWarnings);
        }
        else
        {
            session.Output.WriteLine(MergeView.UpToDate);
        }

        return ExitCode.Success;
    }
}
