namespace Dendrite.Storage.Care;

/// <summary>A table of the platform as the server's own statistics show it.</summary>
/// <param name="Table">With its schema, quoted where it must be, such as <c>signals.block</c>.</param>
/// <param name="Oid">Its number in the catalog.</param>
public sealed record TableMeasure(string Table, uint Oid)
{
    /// <summary>Of its rows.</summary>
    public required long HeapBytes { get; init; }

    /// <summary>Of long values beside them.</summary>
    public required long ToastBytes { get; init; }

    public required long IndexBytes { get; init; }

    public required long LiveRows { get; init; }

    /// <summary>Deleted or replaced, and not yet removed.</summary>
    public required long DeadRows { get; init; }

    public required long ToastLiveRows { get; init; }

    public required long ToastDeadRows { get; init; }

    /// <summary>Since the server's counters began; after a crash or a reset they begin anew.</summary>
    public required long InsertedRows { get; init; }

    /// <summary>Updated and deleted, likewise.</summary>
    public required long ChangedRows { get; init; }

    /// <summary>
    /// The age of its oldest transaction, or multixact, over that at which the server vacuums it by itself. Of what was
    /// measured now; 0 in the history.
    /// </summary>
    public double FreezeRatio { get; init; }

    /// <summary>By anybody; null: never.</summary>
    public DateTimeOffset? VacuumTime { get; init; }

    /// <summary>Those of measured now that are large; empty in the history.</summary>
    public IReadOnlyList<IndexMeasure> Indexes { get; init; } = [];

    /// <summary>With its indexes.</summary>
    public long TotalBytes => HeapBytes + ToastBytes + IndexBytes;

    /// <summary>Bytes that one row takes up on the average, with its long values; 0 of an empty table.</summary>
    public double BytesPerRow => LiveRows + DeadRows > 0 ? (double)(HeapBytes + ToastBytes) / (LiveRows + DeadRows) : 0;
}

/// <summary>An index.</summary>
/// <param name="Index">With its schema.</param>
/// <param name="IsValid">False of what a rebuild left behind that was cut off.</param>
public sealed record IndexMeasure(string Index, uint Oid, long Bytes, bool IsValid);
