using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary><c>dendrite merge open|list|show|conflicts|resolve|complete|abandon</c>.</summary>
internal static class WaitingMerges
{
    private const int DefaultLimit = 100;
    private const int PageSize = 1000;

    public static void AddTo(Command merge, CliApplication application)
    {
        merge.Add(Open(application));
        merge.Add(List(application));
        merge.Add(
            One(
                application,
                "show",
                "Show a merge.",
                async (session, name, token) =>
                    (
                        await session.Platform.Merges.GetMergeAsync(new() { Name = name }, cancellationToken: token)
                    ).Merge,
                MergeView.Write
            )
        );
        merge.Add(Conflicts(application));
        merge.Add(MergeResolveCommand.Build(application));
        merge.Add(
            One(
                application,
                "complete",
                "Complete a decided merge.",
                async (session, name, token) =>
                    await session.Platform.Merges.CompleteMergeAsync(new() { Name = name }, cancellationToken: token),
                MergeView.Write
            )
        );
        merge.Add(
            One(
                application,
                "abandon",
                "Give a waiting merge up.",
                async (session, name, token) =>
                    (
                        await session.Platform.Merges.AbandonMergeAsync(new() { Name = name }, cancellationToken: token)
                    ).Merge,
                MergeView.Write
            )
        );
    }

    private static Command Open(CliApplication application)
    {
        var pair = new MergePairOptions("Branch that flows");
        var message = new Option<string>("--message", "-m")
        {
            HelpName = "TEXT",
            Description = "Why; the commit's message.",
        };
        var policy = new PolicyOptions();
        var command = new Command("open", "Open a merge that waits for decisions.") { message };
        pair.AddTo(command);
        policy.AddTo(command);
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var merge = new Merge
                {
                    Pair = pair.Read(session),
                    Policy = policy.Read(arguments),
                    Message = arguments.GetValue(message) ?? "",
                };
                var request = new CreateMergeRequest { Parent = session.Platform.ProjectName, Merge = merge };
                var opened = await session.Platform.Merges.CreateMergeAsync(request, cancellationToken: token);
                MergeView.Write(session.Output, opened.Merge);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var filter = new Option<string>("--filter") { HelpName = "FILTER", Description = "Such as 'state = WAITING'." };
        var limit = new Option<int>("--limit")
        {
            Description = $"At most so many; {DefaultLimit} without it.",
            DefaultValueFactory = _ => DefaultLimit,
            HelpName = "N",
        }.FromOne();
        var command = new Command("list", "List merges, newest first.") { filter, limit };
        application.Bind(
            command,
            async (session, token) =>
            {
                var merges = new ListMergesResponse();
                var wanted = session.Arguments.GetValue(limit);
                do
                {
                    var request = new ListMergesRequest
                    {
                        Parent = session.Platform.ProjectName,
                        Filter = session.Arguments.GetValue(filter) ?? "",
                        PageSize = Math.Min(PageSize, wanted - merges.Merges.Count),
                        PageToken = merges.NextPageToken,
                    };
                    var page = await session.Platform.Merges.ListMergesAsync(request, cancellationToken: token);
                    merges.Merges.Add(page.Merges);
                    merges.NextPageToken = page.NextPageToken;
                } while (merges.NextPageToken.Length > 0 && merges.Merges.Count < wanted);

                MergeView.Write(session.Output, merges);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Conflicts(CliApplication application)
    {
        var id = MergeId();
        var filter = new Option<string>("--filter") { HelpName = "FILTER", Description = "Such as 'decided = false'." };
        var command = new Command("conflicts", "List the conflicts of a waiting merge, cell by cell.") { id, filter };
        application.Bind(
            command,
            async (session, token) =>
            {
                var request = new ListConflictsRequest
                {
                    Parent = NameOf(session, session.Arguments.GetRequiredValue(id)),
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    PageSize = PageSize,
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, cancellation) =>
                        session.Platform.Merges.ListConflictsAsync(asked, cancellationToken: cancellation),
                    token
                );
                if (session.Output.IsJson)
                {
                    session.Output.WriteMessage(all);
                }
                else
                {
                    MergeView.WriteConflicts(session.Output, all.Conflicts);
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command One<T>(
        CliApplication application,
        string name,
        string description,
        Func<Session, string, CancellationToken, Task<T>> call,
        Action<CliOutput, T> write
    )
    {
        var id = MergeId();
        var command = new Command(name, description) { id };
        application.Bind(
            command,
            async (session, token) =>
            {
                var answer = await call(session, NameOf(session, session.Arguments.GetRequiredValue(id)), token);
                write(session.Output, answer);
                return ExitCode.Success;
            }
        );
        return command;
    }

    internal static Argument<string> MergeId() => new("MERGE") { Description = "Id of the merge, such as m12." };

    internal static string NameOf(Session session, string merge) => session.Platform.NameOf("merges", merge);
}
