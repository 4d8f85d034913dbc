namespace Dendrite.Storage.Scheduling;

/// <summary>One logical run of a job.</summary>
public sealed record RunRecord(ProjectId Project, string Job, Guid Id)
{
    public required RunState State { get; init; }

    /// <summary>The time that the schedule named; null where a caller asked for it.</summary>
    public DateTimeOffset? ScheduledTime { get; init; }

    public string Creator { get; init; } = "";

    public bool DryRun { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    /// <summary>When the first attempt began; null before.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When it ended for good; null before.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>How many attempts were begun.</summary>
    public int Attempt { get; init; }

    /// <summary>That of the latest attempt; whoever bears an older one may do nothing more.</summary>
    public long FencingToken { get; init; }

    /// <summary>What it did in figures.</summary>
    public IReadOnlyDictionary<string, long> Results { get; init; } = new Dictionary<string, long>();

    /// <summary>What it did or would do about each thing, as JSON; null where there is none.</summary>
    public string? Report { get; init; }

    /// <summary>Its attempts, in order.</summary>
    public IReadOnlyList<RunAttemptRecord> Attempts { get; init; } = [];

    /// <summary>How it ended, or why its last attempt failed.</summary>
    public string Message { get; init; } = "";
}

/// <summary>One attempt of a run.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Worker">Which replica, for people.</param>
/// <param name="EndTime">Null while it goes on.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
public sealed record RunAttemptRecord(
    int Number,
    long FencingToken,
    string Worker,
    DateTimeOffset StartTime,
    DateTimeOffset? EndTime,
    string? Error
);

/// <summary>Where a run stands.</summary>
public enum RunState
{
    Queued,
    Running,
    Succeeded,
    Failed,
    Skipped,
}

/// <summary>How a run ended for good.</summary>
/// <param name="State">Succeeded, failed or skipped.</param>
public sealed record RunOutcome(
    RunState State,
    string Message,
    IReadOnlyDictionary<string, long> Results,
    string? Report = null
)
{
    public static RunOutcome Failed(string message) => new(RunState.Failed, message, new Dictionary<string, long>());
}
