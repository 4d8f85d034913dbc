using Dendrite.Cli.Jobs;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Workflows;

/// <summary>How the run of an experiment looks when it is followed no more.</summary>
internal static class ExperimentView
{
    public static void Write(CliOutput output, Run run)
    {
        if (output.IsJson)
        {
            output.WriteMessage(run);
            return;
        }

        output.WriteLine($"run {RunView.IdOf(run)}: {RunView.StateOf(run)}");
        if (ExperimentStep.BranchOf(run) is { Length: > 0 } branch)
            output.WriteLine($"  branch {branch}");
        var steps = ExperimentStep.Of(run);
        if (steps.Count > 0)
        {
            var table = new TextTable("STEP", "STATE", "ATTEMPTS", "MESSAGE");
            foreach (var step in steps)
                table.Add(step.Id, step.State, step.Attempts > 0 ? $"{step.Attempts}" : "", step.Message);
            table.WriteTo(output);
        }

        if (ExperimentStep.CompensationOf(run) is { Length: > 0 } done)
            output.WriteLine(done);
    }

    /// <summary>A change of a step, for a pipe.</summary>
    public static string Line(ExperimentStep step) =>
        step.HasFailedAttempt ? $"{step.Id}: {Shown.OnOneLine(FailedOf(step))}"
        : step.Message.Length > 0 ? $"{step.Id}: {step.State}: {Shown.OnOneLine(step.Message)}"
        : $"{step.Id}: {step.State}";

    /// <summary>What is done about a step just now, or became of it.</summary>
    public static string DoingOf(ExperimentStep step, Run run) =>
        step.State != "running" || run.EndTime is not null ? step.Message
        : run.State is RunState.Waiting && step.HasFailedAttempt ? $"{FailedOf(step)} - {RunView.WaitOf(run)}"
        : run.Progress?.Step is { Length: > 0 } now ? now
        : step.Message;

    private static string FailedOf(ExperimentStep step) => $"attempt {step.Attempts - 1} failed: {step.Message}";
}
