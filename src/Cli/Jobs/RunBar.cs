using Dendrite.V1;

namespace Dendrite.Cli.Jobs;

/// <summary>How far a run is, as a bar shows it.</summary>
/// <param name="Text">What it does, waits for, or how it ended.</param>
/// <param name="Done">Of <paramref name="Total"/>, in the task's own unit.</param>
/// <param name="IsIndeterminate">How much there is to do is not known.</param>
internal sealed record RunBar(string Text, double Done, double Total, bool IsIndeterminate)
{
    public static RunBar Of(Run run)
    {
        var progress = run.Progress;
        double total = Math.Max(1, progress?.Total ?? 0);
        var text = TextOf(run);
        // A task need not say its last word: what ended as wanted is done.
        if (run.State is RunState.Succeeded or RunState.Skipped)
            return new(text, total, total, IsIndeterminate: false);
        var isKnown = run.EndTime is not null || progress is null or { HasTotal: true };
        return new(text, progress?.Done ?? 0, total, !isKnown);
    }

    private static string TextOf(Run run) =>
        run switch
        {
            { EndTime: not null } => RunView.StateOf(run),
            { State: RunState.Waiting } => RunView.WaitOf(run),
            { Progress.Step: { Length: > 0 } step } => step,
            _ => "waiting for its turn",
        };
}
