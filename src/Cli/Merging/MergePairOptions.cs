using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Merging;

/// <summary>Which branch, at which state, flows into which: <c>SOURCE</c>, <c>--at</c>, <c>--into</c>.</summary>
internal sealed class MergePairOptions
{
    private readonly Argument<string?> source;

    private readonly Option<string?> at = SnapshotOption.Create();

    private readonly Option<string> into = new("--into")
    {
        HelpName = "BRANCH",
        Description = "Branch it flows into; main unless given.",
    };

    /// <param name="description">Of the source.</param>
    public MergePairOptions(string description, bool isRequired = true)
    {
        source = new("SOURCE")
        {
            Description = $"{description}, such as trial, or an earlier state of it: trial@42.",
            Arity = isRequired ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne,
        };
        at.Description = "Which state of the source: a version, an instant or a tag; the newest without it.";
    }

    public void AddTo(Command command)
    {
        command.Add(source);
        command.Add(at);
        command.Add(into);
    }

    /// <exception cref="CliException">No branch is given.</exception>
    public MergePair Read(Session session)
    {
        var text = session.Arguments.GetValue(source) ?? throw Usage("Give the branch to merge: merge SOURCE.");
        var reference = SnapshotOption.ReadReference(session, text, source.Name, at);
        return reference.Branch.Length == 0
            ? throw Usage($"'{text}' names no branch, and branches are merged: give BRANCH@TAG.")
            : new()
            {
                Source = reference.Branch,
                SourcePoint = reference.Point,
                Target = session.Platform.BranchName(session.Arguments.GetValue(into) ?? "main"),
            };
    }

    private static CliException Usage(string problem) => new(ExitCode.Usage, "USAGE", problem);
}
