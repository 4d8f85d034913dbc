namespace Dendrite.Storage.Alerts;

/// <summary>What is watched and who is told, as it is stored.</summary>
/// <param name="Id">Its number in the database.</param>
/// <param name="Name">Its id in resource names.</param>
public sealed record AlertRuleRecord(long Id, string Name)
{
    /// <summary>Grows with every change of a field.</summary>
    public required long Revision { get; init; }

    public string DisplayName { get; init; } = "";

    public required WatchedFigure Metric { get; init; }

    /// <summary>Id of the job that it is about; empty: all of the project.</summary>
    public string Job { get; init; } = "";

    /// <summary>Whether it alerts above the threshold; else below it.</summary>
    public required bool IsAbove { get; init; }

    /// <summary>In the unit of the metric.</summary>
    public required double Threshold { get; init; }

    /// <summary>For how long it must hold before it alerts.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>For how long it must not hold before it is over; null: as <see cref="Hold"/>.</summary>
    public TimeSpan? RecoveryHold { get; init; }

    /// <summary>The contract's AlertChannel messages: a JSON array.</summary>
    public string ChannelsJson { get; init; } = "[]";

    /// <summary><c>HH:MM-HH:MM</c>; empty: never.</summary>
    public string QuietHours { get; init; } = "";

    /// <summary>An IANA name; empty: UTC.</summary>
    public string TimeZone { get; init; } = "";

    public bool IsDisabled { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>What is watched.</summary>
public enum WatchedFigure
{
    /// <summary>Runs that succeeded over runs that ended in the last 24 hours, 0 to 1.</summary>
    SuccessRatio,

    /// <summary>Duration of the last run, in seconds.</summary>
    RunSeconds,

    /// <summary>Since the last run that succeeded, in seconds.</summary>
    SecondsSinceSuccess,

    /// <summary>How late runs begin, in seconds.</summary>
    StartDelaySeconds,

    /// <summary>Runs that are due and have not begun.</summary>
    QueuedRuns,

    /// <summary>Used part of the disk, 0 to 1.</summary>
    DiskUsedRatio,

    /// <summary>Dead part of the largest tables, 0 to 1.</summary>
    BloatRatio,

    /// <summary>Branches that retention warned of and the rule has not told of yet.</summary>
    WarnedBranches,

    /// <summary>Days until the disk is full, by the forecast.</summary>
    DiskFullDays,

    /// <summary>Age of the oldest table over the age at which the server vacuums it by itself.</summary>
    FreezeRatio,
}
