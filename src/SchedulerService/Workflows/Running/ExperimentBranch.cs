namespace Dendrite.SchedulerService.Workflows.Running;

/// <summary>What a branch says of the run that made it.</summary>
internal static class ExperimentBranch
{
    /// <summary>The label with the id of the workflow.</summary>
    public const string WorkflowLabel = "workflow";

    /// <summary>The label with the id of the run, which no other branch has.</summary>
    public const string RunLabel = "run";

    /// <summary>Texts of others end up in reasons, which may not be as long, nor hold what a terminal obeys.</summary>
    public static string Cut(string text, int length)
    {
        var plain = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        if (plain.Length <= length)
            return plain;
        // Not between the halves of a surrogate pair.
        var end = char.IsHighSurrogate(plain[length - 2]) ? length - 2 : length - 1;
        return $"{plain[..end]}…";
    }
}
