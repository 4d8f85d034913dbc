namespace Dendrite.Storage.Scheduling;

/// <summary>One logical run of a job.</summary>
public sealed record RunRecord(ProjectId Project, string Job, Guid Id)
{
    public required RunState State { get; init; }

    public RunCause Cause { get; init; } = RunCause.Schedule;

    /// <summary>The time that the schedule named; null where a caller asked for it.</summary>
    public DateTimeOffset? ScheduledTime { get; init; }

    public string Creator { get; init; } = "";

    public bool DryRun { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    /// <summary>When the first attempt began; null before.</summary>
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>When it ended for good; null before.</summary>
    public DateTimeOffset? EndTime { get; init; }

    /// <summary>
    /// When the next attempt may begin, where one failed; null else, and while something else holds it up.
    /// </summary>
    public DateTimeOffset? NextAttemptTime { get; init; }

    /// <summary>How many attempts were begun.</summary>
    public int Attempt { get; init; }

    /// <summary>That of the latest attempt; whoever bears an older one may do nothing more.</summary>
    public long FencingToken { get; init; }

    /// <summary>When it was asked to stop; null: it was not.</summary>
    public DateTimeOffset? CancelTime { get; init; }

    public string CancelReason { get; init; } = "";

    /// <summary>The contract's OperationProgress of the attempt as JSON; null where it said nothing.</summary>
    public string? ProgressJson { get; init; }

    /// <summary>How many log lines it has.</summary>
    public long LogLines { get; init; }

    /// <summary>What it did in figures.</summary>
    public IReadOnlyDictionary<string, long> Results { get; init; } = new Dictionary<string, long>();

    /// <summary>What it did or would do about each thing, as JSON; null where there is none.</summary>
    public string? Report { get; init; }

    /// <summary>Its attempts, in order; empty where they were not asked for.</summary>
    public IReadOnlyList<RunAttemptRecord> Attempts { get; init; } = [];

    /// <summary>How it ended, or why its last attempt failed.</summary>
    public string Message { get; init; } = "";
}

/// <summary>One attempt of a run.</summary>
/// <param name="Number">From 1.</param>
/// <param name="Worker">Which replica, for people.</param>
/// <param name="EndTime">Null while it goes on.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
/// <param name="ErrorCode">The gRPC code of that; null where there is none.</param>
public sealed record RunAttemptRecord(
    int Number,
    long FencingToken,
    string Worker,
    DateTimeOffset StartTime,
    DateTimeOffset? EndTime,
    string? Error,
    int? ErrorCode
)
{
    /// <summary>Whether its worker let its lease pass, and another took the run over.</summary>
    public bool WasLost => Error == RunTaking.WentAway;
}

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Due, and not begun.</summary>
    Queued,

    /// <summary>An attempt goes on.</summary>
    Running,

    /// <summary>An attempt failed, and the next one waits.</summary>
    Waiting,

    Succeeded,

    Failed,

    Cancelled,

    /// <summary>Left out: another was going on, the calendar said so, or there was nothing to do.</summary>
    Skipped,
}

/// <summary>Why a run began.</summary>
public enum RunCause
{
    Schedule,
    Caller,
    Backfill,

    /// <summary>The end of another job's run.</summary>
    Job,
}
