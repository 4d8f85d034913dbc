namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>What is known of a table when it is decided what to do about it.</summary>
/// <param name="Table">With its schema, such as <c>signals.block</c>.</param>
internal sealed record TableFacts(string Table)
{
    /// <summary>Of its rows.</summary>
    public required long HeapBytes { get; init; }

    /// <summary>Of long values that lie beside its rows, such as samples.</summary>
    public required long ToastBytes { get; init; }

    public required long IndexBytes { get; init; }

    public required long LiveRows { get; init; }

    /// <summary>Deleted or replaced, and not yet removed.</summary>
    public required long DeadRows { get; init; }

    public long ToastLiveRows { get; init; }

    public long ToastDeadRows { get; init; }

    /// <summary>Rows inserted, changed and deleted a second, lately; null where nobody knows.</summary>
    public double? WritesPerSecond { get; init; }

    /// <summary>What is usual of that: the median of its history; null without one.</summary>
    public double? UsualWritesPerSecond { get; init; }

    /// <summary>
    /// Age of its oldest transaction over the age at which the server itself vacuums it whatever it is told
    /// (<c>autovacuum_freeze_max_age</c>); the greater one of transactions and multixacts.
    /// </summary>
    public double FreezeRatio { get; init; }

    /// <summary>By anybody, the server's own too; null: never.</summary>
    public DateTimeOffset? LastVacuumTime { get; init; }

    /// <summary>How its dead bytes grew since it was last vacuumed; null where too little is known.</summary>
    public Trend? DeadTrend { get; init; }

    /// <summary>What was done about it lately to no avail; null: nothing.</summary>
    public VainCare? Vain { get; init; }

    /// <summary>Part of its heap that its rows never needed; null where nobody can say.</summary>
    public double? AirRatio { get; init; }

    public IReadOnlyList<IndexFacts> Indexes { get; init; } = [];

    /// <summary>Without its indexes.</summary>
    public long RowBytes => HeapBytes + ToastBytes;

    /// <summary>What dead rows take up, in its heap and beside it.</summary>
    public double DeadBytes =>
        (HeapBytes * BloatEstimate.DeadRatio(LiveRows, DeadRows))
        + (ToastBytes * BloatEstimate.DeadRatio(ToastLiveRows, ToastDeadRows));

    /// <summary>0 to 1.</summary>
    public double DeadRatio => RowBytes > 0 ? DeadBytes / RowBytes : 0;
}

/// <summary>What was done about a table to no avail: old transactions go on that may see what is dead.</summary>
/// <param name="Why">For people, as a part of a sentence.</param>
internal sealed record VainCare(CareAction Action, DateTimeOffset Time, string Why);

/// <summary>What is known of an index.</summary>
/// <param name="AirRatio">Part that its entries never needed; null where nobody can say.</param>
internal sealed record IndexFacts(string Index, long Bytes, double? AirRatio);
