using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary>Decisions of single conflicts: <c>--resolution CONFLICT=source</c>, once for each.</summary>
internal static class ResolutionOption
{
    public static Option<string[]> Create() =>
        new("--resolution")
        {
            Description =
                "Decides a conflict: source, target, base, or values of your own as JSON; may be given several times.",
            HelpName = "CONFLICT=DECISION",
        };

    public static IEnumerable<Resolution> Read(ParseResult arguments, Option<string[]> option) =>
        (arguments.GetValue(option) ?? []).Select(text =>
            text.Split('=', 2) is [{ Length: > 0 } conflict, { Length: > 0 } decision]
                ? Decide(conflict, decision)
                : throw Usage($"--resolution '{text}' has not the form CONFLICT=DECISION.")
        );

    /// <param name="decision">A side, or a JSON object of columns and values.</param>
    private static Resolution Decide(string conflict, string decision) =>
        decision.StartsWith('{')
            ? new() { ConflictId = conflict, Cells = JsonArgument.ReadObject(decision, "--resolution") }
            : new() { ConflictId = conflict, Side = ReadSide(decision, "--resolution") };

    /// <exception cref="CliException">It is none.</exception>
    public static ResolutionSide ReadSide(string text, string option) =>
        text switch
        {
            "source" => ResolutionSide.Source,
            "target" => ResolutionSide.Target,
            "base" => ResolutionSide.Base,
            _ => throw Usage($"{option}: '{text}' is no side; one of source, target, base."),
        };

    private static CliException Usage(string problem) => new(ExitCode.Usage, "USAGE", problem);
}
