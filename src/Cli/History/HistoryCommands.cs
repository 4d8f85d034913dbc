using System.CommandLine;
using System.Globalization;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.History;

/// <summary><c>dendrite log | show</c>: commits.</summary>
internal static class HistoryCommands
{
    private const int DefaultLimit = 50;
    private const int PageSize = 1000;

    public static Command Log(CliApplication application)
    {
        var branch = BranchArgument();
        var at = SnapshotOption.Create();
        var filter = new Option<string?>("--filter")
        {
            Description = "An AIP-160 filter, such as 'author = \"ann\" AND commit_time > \"2026-11-01\"'.",
            HelpName = "FILTER",
        };
        var own = new Option<bool>("--own") { Description = "Only commits made in this branch itself." };
        var limit = new Option<int>("--limit")
        {
            Description = "At most so many.",
            DefaultValueFactory = _ => DefaultLimit,
            HelpName = "N",
        };
        var command = new Command("log", "List the commits that a branch sees, newest first, across forks and merges.")
        {
            branch,
            at,
            filter,
            own,
            limit,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListCommitsRequest
                {
                    Parent = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    At = SnapshotOption.Read(session, at),
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    OwnOnly = session.Arguments.GetValue(own),
                };
                var all = await ReadAsync(session, request, session.Arguments.GetValue(limit), cancellationToken);
                CommitView.WriteList(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Show(CliApplication application)
    {
        var version = new Argument<string>("VERSION") { Description = "Version of the commit, or its resource name." };
        var branch = StreamsCommand.BranchOption();
        branch.Description = "A branch that sees the commit.";
        var command = new Command("show", "Show one commit.") { version, branch };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var text = session.Arguments.GetRequiredValue(version);
                var isNumber = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
                if (!isNumber && !text.Contains('/'))
                {
                    throw new CliException(ExitCode.Usage, "USAGE", $"'{text}' is not a version, which is a number.");
                }

                if (!isNumber)
                {
                    session.RequireOneBranch(branch, session.Platform.InProject(text), version.Name);
                }

                var through = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch));
                var found = await session.Platform.History.GetCommitAsync(
                    new GetCommitRequest { Name = isNumber ? $"{through}/commits/{text}" : text },
                    cancellationToken: cancellationToken
                );
                CommitView.WriteOne(session.Output, found.Commit);
                return ExitCode.Success;
            }
        );
        return command;
    }

    internal static Argument<string> BranchArgument() =>
        new("BRANCH")
        {
            Description = "Id of the branch.",
            DefaultValueFactory = _ => "main",
            Arity = ArgumentArity.ZeroOrOne,
        };

    private static async Task<ListCommitsResponse> ReadAsync(
        Session session,
        ListCommitsRequest request,
        int limit,
        CancellationToken cancellationToken
    )
    {
        if (limit < 1)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"--limit {limit} is less than 1.");
        }

        var all = new ListCommitsResponse();
        do
        {
            request.PageSize = Math.Min(PageSize, limit - all.Commits.Count);
            var page = await session.Platform.History.ListCommitsAsync(request, cancellationToken: cancellationToken);
            all.Commits.Add(page.Commits);
            request.PageToken = all.NextPageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0 && all.Commits.Count < limit);
        return all;
    }
}
