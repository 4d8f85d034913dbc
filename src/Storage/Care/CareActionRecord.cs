namespace Dendrite.Storage.Care;

/// <summary>What was done about a table, with the figures before and after.</summary>
/// <param name="Id">Of version 7: newer ones are greater.</param>
public sealed record CareActionRecord(Guid Id, CareKind Kind, string Table)
{
    /// <summary>Empty: the table itself.</summary>
    public string Index { get; init; } = "";

    /// <summary>Whether it was done in spite of load.</summary>
    public bool IsUrgent { get; init; }

    /// <summary>Why, in a sentence with figures.</summary>
    public required string Reason { get; init; }

    /// <summary>Resource name of the run that did it.</summary>
    public required string Run { get; init; }

    public required DateTimeOffset StartTime { get; init; }

    public DateTimeOffset? EndTime { get; init; }

    public CareOutcome Outcome { get; init; }

    /// <summary>Why it was left, failed, or was in vain.</summary>
    public string Message { get; init; } = "";

    /// <summary>Of the index; where there is none, of the table without its indexes.</summary>
    public long BytesBefore { get; init; }

    public long? BytesAfter { get; init; }

    /// <summary>Of the table, with those of its long values.</summary>
    public long DeadRowsBefore { get; init; }

    public long? DeadRowsAfter { get; init; }

    /// <summary>Whether next to none of the dead rows could be removed: somebody may still see them.</summary>
    public bool IsVain =>
        Kind is CareKind.Vacuum
        && Outcome is CareOutcome.Done
        && DeadRowsBefore > 0
        && DeadRowsAfter >= 0.9 * DeadRowsBefore;
}

/// <summary>What was done.</summary>
public enum CareKind
{
    Vacuum,
    Freeze,
    RebuildIndex,
}

/// <summary>How it ended.</summary>
public enum CareOutcome
{
    Running,
    Done,

    /// <summary>Somebody else was at it.</summary>
    Left,
    Failed,

    /// <summary>Whoever did it is gone.</summary>
    Lost,
}
