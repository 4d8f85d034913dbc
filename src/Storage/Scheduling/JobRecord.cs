namespace Dendrite.Storage.Scheduling;

/// <summary>Something that runs by itself in a project.</summary>
/// <param name="Name">Its id within the project.</param>
public sealed record JobRecord(ProjectId Project, string Name)
{
    /// <summary>Its number in the database; 0 before it is stored.</summary>
    public long Id { get; init; }

    public required Guid Uid { get; init; }

    public string DisplayName { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>When it runs.</summary>
    public JobTimetable Timetable { get; init; } = JobTimetable.None;

    /// <summary>
    /// The member of the contract's JobTask that is set, by its name there: <c>retention</c>, <c>sync_source</c>…
    /// </summary>
    public required string TaskKind { get; init; }

    /// <summary>The contract's JobTask as JSON.</summary>
    public required string TaskJson { get; init; }

    /// <summary>The contract's JobPolicy as JSON, as the caller set it.</summary>
    public string PolicyJson { get; init; } = "{}";

    /// <summary>Since when it starts no runs; null while it does.</summary>
    public DateTimeOffset? PauseTime { get; init; }

    public string PauseReason { get; init; } = "";

    public JobTally Tally { get; init; } = new(0, 0, 0, 0, 0);

    /// <summary>Runs that failed since the last one that did not.</summary>
    public int FailuresInRow { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    /// <summary>When a caller last changed it.</summary>
    public DateTimeOffset UpdateTime { get; init; }

    /// <summary>Grows with every change by callers.</summary>
    public long Revision { get; init; } = 1;
}

/// <summary>When a job runs.</summary>
/// <param name="ScheduleJson">The contract's Schedule as JSON; null: only when a caller says so.</param>
/// <param name="Calendar">Id of the calendar that the schedule names; null: none.</param>
/// <param name="AfterJobs">Ids of the jobs that it follows.</param>
public sealed record JobTimetable(string? ScheduleJson, string? Calendar, IReadOnlyList<string> AfterJobs)
{
    public static JobTimetable None { get; } = new(null, null, []);

    /// <summary>Since when the schedule is as it is; what intervals are counted from.</summary>
    public DateTimeOffset ScheduleTime { get; init; }

    /// <summary>
    /// Every time of the schedule up to here was run, skipped or counted as missed. Of a job that follows others: when
    /// it last ran.
    /// </summary>
    public DateTimeOffset CursorTime { get; init; }

    /// <summary>When the engine looks at it next; null: not by itself.</summary>
    public DateTimeOffset? NextTime { get; init; }

    /// <summary>When a run comes next by itself; null where no time is known.</summary>
    public DateTimeOffset? NextRunTime { get; init; }
}

/// <summary>How often a job did and did not run.</summary>
/// <param name="Missed">Times that passed while nothing could run.</param>
/// <param name="Skipped">Times left out, because a run was going on or the calendar said so.</param>
public sealed record JobTally(long Started, long Succeeded, long Failed, long Missed, long Skipped);
