using Dendrite.Storage.Workflows;

namespace Dendrite.Storage.Scheduling;

/// <summary>A run that is about to be added.</summary>
public sealed record PlannedRun(string Job, Guid Id, RunCause Cause)
{
    /// <summary>Null only where a caller asks for it.</summary>
    public DateTimeOffset? ScheduledTime { get; init; }

    /// <summary>Runs of one key never go on at once; null: beside any other.</summary>
    public string? ConcurrencyKey { get; init; }

    /// <summary>For a time that has passed: it waits for others and makes none skip.</summary>
    public bool MakesUp { get; init; }

    /// <summary>Why it is left out; null: it is to run.</summary>
    public string? SkipReason { get; init; }

    public string Creator { get; init; } = "";

    public bool DryRun { get; init; }

    /// <summary>Of a workflow that a caller runs: what the run begins with. Null: its first attempt finds that.
    /// </summary>
    public WorkflowBeginning? Workflow { get; init; }
}
