using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Merging;

/// <summary><c>dendrite merge open|list|show|conflicts|resolve|complete|abandon</c>.</summary>
internal static class WaitingMerges
{
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
        merge.Add(Resolve(application));
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
        var source = new Argument<string>("SOURCE") { Description = "Branch that flows." };
        var into = new Option<string>("--into") { Description = "Branch it flows into; main unless given." };
        var message = new Option<string>("--message", "-m") { Description = "Why; the commit's message." };
        var policy = new PolicyOptions();
        var command = new Command("open", "Open a merge that waits for decisions.") { source, into, message };
        policy.AddTo(command);
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var merge = new Merge
                {
                    Pair = MergeCommands.PairOf(session, arguments.GetValue(source), arguments.GetValue(into)),
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
        var filter = new Option<string>("--filter") { Description = "Such as 'state = WAITING'." };
        var command = new Command("list", "List merges, newest first.") { filter };
        application.Bind(
            command,
            async (session, token) =>
            {
                var request = new ListMergesRequest
                {
                    Parent = session.Platform.ProjectName,
                    Filter = session.Arguments.GetValue(filter) ?? "",
                };
                MergeView.Write(
                    session.Output,
                    await session.Platform.Merges.ListMergesAsync(request, cancellationToken: token)
                );
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Conflicts(CliApplication application)
    {
        var id = MergeId();
        var filter = new Option<string>("--filter") { Description = "Such as 'decided = false'." };
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

    private static Command Resolve(CliApplication application)
    {
        var id = MergeId();
        var conflict = new Argument<string>("CONFLICT") { Description = "Id of the conflict." };
        var take = new Option<string>("--take") { Description = "source, target or base." };
        var set = new Option<string>("--set") { Description = "Values of your own as JSON: {\"WEIGHT\": 71}." };
        var reason = new Option<string>("--reason") { Description = "Why, for those who come after." };
        var command = new Command("resolve", "Decide a conflict.") { id, conflict, take, set, reason };
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var resolution = Decision(arguments.GetValue(take), arguments.GetValue(set));
                resolution.ConflictId = arguments.GetRequiredValue(conflict);
                resolution.Reason = arguments.GetValue(reason) ?? "";
                var request = new ResolveConflictsRequest
                {
                    Name = NameOf(session, arguments.GetRequiredValue(id)),
                    Resolutions = { resolution },
                };
                var decided = await session.Platform.Merges.ResolveConflictsAsync(request, cancellationToken: token);
                MergeView.Write(session.Output, decided.Merge);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Resolution Decision(string? take, string? set) =>
        (take, set) switch
        {
            ("source", null) => new() { Side = ResolutionSide.Source },
            ("target", null) => new() { Side = ResolutionSide.Target },
            ("base", null) => new() { Side = ResolutionSide.Base },
            (null, { } json) => new() { Cells = ReadValues(json) },
            _ => throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "Say what to take: --take source, target or base, or values of your own by --set."
            ),
        };

    private static Struct ReadValues(string json)
    {
        try
        {
            return Struct.Parser.ParseJson(json);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            throw new CliException(ExitCode.Usage, "USAGE", $"--set '{json}' is no JSON object of columns and values.");
        }
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

    private static Argument<string> MergeId() => new("MERGE") { Description = "Id of the merge, such as m12." };

    private static string NameOf(Session session, string merge) =>
        merge.Contains('/') ? merge : $"{session.Platform.ProjectName}/merges/{merge}";
}
