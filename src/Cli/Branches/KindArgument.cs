using System.CommandLine.Parsing;
using Dendrite.V1;

namespace Dendrite.Cli.Branches;

/// <summary>Parses words for the contract's enumerations.</summary>
internal static class KindArgument
{
    /// <summary>The words, for help.</summary>
    public const string Kinds = "experiment|trial|restore|system";

    public static BranchKind Parse(ArgumentResult result) =>
        result.Tokens[0].Value switch
        {
            "experiment" => BranchKind.Experiment,
            "trial" => BranchKind.Trial,
            "restore" => BranchKind.Restore,
            "system" => BranchKind.System,
            var other => Refuse<BranchKind>(result, $"'{other}' is not experiment, trial, restore or system."),
        };

    public static ExperimentState ParseState(ArgumentResult result) =>
        result.Tokens[0].Value switch
        {
            "running" => ExperimentState.Running,
            "completed" => ExperimentState.Completed,
            "failed" => ExperimentState.Failed,
            var other => Refuse<ExperimentState>(result, $"'{other}' is not running, completed or failed."),
        };

    private static T Refuse<T>(ArgumentResult result, string problem)
        where T : struct
    {
        result.AddError(problem);
        return default;
    }
}
