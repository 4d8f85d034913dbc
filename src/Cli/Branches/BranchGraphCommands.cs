using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch children | ancestors | graph</c>: what lies around a branch.</summary>
internal static class BranchGraphCommands
{
    private const int PageSize = 1000;

    /// <summary>The most that the contract gives.</summary>
    private const int MaxAncestors = 100;

    public static Command Children(CliApplication application)
    {
        var depth = Depth("How many forks down.");
        return Bind(
            application,
            new Command("children", "List what was forked from a branch.") { depth },
            session => new() { AncestorDepth = 1, DescendantDepth = session.Arguments.GetValue(depth) },
            (output, graph, place) => BranchView.WriteList(output, Part(graph.Branches.Skip(place + 1)))
        );
    }

    public static Command Ancestors(CliApplication application) =>
        Bind(
            application,
            new Command("ancestors", "List what a branch was forked from, the nearest first."),
            _ => new() { AncestorDepth = MaxAncestors, DescendantDepth = 1 },
            (output, graph, place) => BranchView.WriteList(output, Part(graph.Branches.Take(place)))
        );

    public static Command Graph(CliApplication application)
    {
        var depth = Depth("How many forks down.");
        return Bind(
            application,
            new Command("graph", "Show the branches around one, and the merges between them.") { depth },
            session => new() { AncestorDepth = MaxAncestors, DescendantDepth = session.Arguments.GetValue(depth) },
            (output, graph, _) => BranchView.WriteGraph(output, graph)
        );
    }

    private static Option<int> Depth(string description) =>
        new Option<int>("--depth")
        {
            Description = description,
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        }.FromOne();

    private static Command Bind(
        CliApplication application,
        Command command,
        Func<Session, GetBranchGraphRequest> ask,
        Action<CliOutput, GetBranchGraphResponse, int> show
    )
    {
        var id = BranchCommands.BranchArgument();
        command.Arguments.Insert(0, id);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = ask(session);
                request.Name = session.Platform.BranchName(session.Arguments.GetRequiredValue(id));
                var graph = await ReadAsync(session, request, cancellationToken);
                var place = graph.Branches.ToList().FindIndex(branch => branch.Name == request.Name);
                show(session.Output, graph, place);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<GetBranchGraphResponse> ReadAsync(
        Session session,
        GetBranchGraphRequest request,
        CancellationToken cancellationToken
    )
    {
        var all = new GetBranchGraphResponse();
        request.PageSize = PageSize;
        do
        {
            var page = await session.Platform.Branches.GetBranchGraphAsync(
                request,
                cancellationToken: cancellationToken
            );
            all.Branches.Add(page.Branches);
            all.Merges.Add(page.Merges);
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);
        return all;
    }

    private static ListBranchesResponse Part(IEnumerable<Branch> branches) => new() { Branches = { branches } };
}
