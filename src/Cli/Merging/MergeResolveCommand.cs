using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary><c>dendrite merge resolve MERGE CONFLICT…</c>: many alike, or each its own way, in one call.</summary>
internal static class MergeResolveCommand
{
    public static Command Build(CliApplication application)
    {
        var id = WaitingMerges.MergeId();
        var conflicts = new Argument<string[]>("CONFLICT")
        {
            Description = "Ids of conflicts that are decided alike, by --take or --set.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var take = new Option<string?>("--take")
        {
            HelpName = "source|target|base",
            Description = "source, target or base.",
        };
        var set = new Option<string?>("--set")
        {
            HelpName = "JSON",
            Description = "Values of your own as JSON: {\"WEIGHT\": 71}.",
        };
        var resolutions = ResolutionOption.Create();
        var reason = new Option<string>("--reason")
        {
            HelpName = "TEXT",
            Description = "Why, for those who come after.",
        };
        var command = new Command("resolve", "Decide conflicts.") { id, conflicts, take, set, resolutions, reason };
        application.Bind(
            command,
            async (session, token) =>
            {
                var arguments = session.Arguments;
                var ids = arguments.GetValue(conflicts) ?? [];
                var alike = Decision(arguments.GetValue(take), arguments.GetValue(set));
                Resolution[] decisions =
                [
                    .. ids.Select(conflict => new Resolution(alike ?? throw Undecided()) { ConflictId = conflict }),
                    .. ResolutionOption.Read(arguments, resolutions),
                ];
                if (decisions.Length == 0 || (alike is not null && ids.Length == 0))
                {
                    throw new CliException(
                        ExitCode.Usage,
                        "USAGE",
                        "Name the conflicts to decide: merge conflicts lists them."
                    );
                }

                var request = new ResolveConflictsRequest
                {
                    Name = WaitingMerges.NameOf(session, arguments.GetRequiredValue(id)),
                };
                foreach (var decision in decisions)
                {
                    decision.Reason = arguments.GetValue(reason) ?? "";
                    request.Resolutions.Add(decision);
                }

                var decided = await session.Platform.Merges.ResolveConflictsAsync(request, cancellationToken: token);
                MergeView.Write(session.Output, decided.Merge);
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>Null where neither is given.</summary>
    private static Resolution? Decision(string? take, string? set) =>
        (take, set) switch
        {
            (null, null) => null,
            ({ } side, null) => new() { Side = ResolutionOption.ReadSide(side, "--take") },
            (null, { } json) => new() { Cells = JsonArgument.ReadObject(json, "--set") },
            _ => throw Undecided(),
        };

    private static CliException Undecided() =>
        new(
            ExitCode.Usage,
            "USAGE",
            "Say what to take: --take source, target or base, or values of your own by --set."
        );
}
