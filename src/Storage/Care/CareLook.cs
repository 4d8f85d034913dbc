namespace Dendrite.Storage.Care;

/// <summary>What the database and its disk were like at an instant.</summary>
/// <param name="Time">By the clock of the service.</param>
public sealed record CareLook(DateTimeOffset Time)
{
    public required long DatabaseBytes { get; init; }

    /// <summary>Null, with the next, where nobody knows the disk.</summary>
    public long? DiskTotalBytes { get; init; }

    public long? DiskUsedBytes { get; init; }

    /// <summary>
    /// Written into data tables since the look before; null for the first, and where counters began anew in between.
    /// </summary>
    public double? IngestBytesPerSecond { get; init; }

    /// <summary>Over how long that was measured.</summary>
    public TimeSpan? IngestSpan { get; init; }
}

/// <summary>A look to be kept, with the tables that it saw.</summary>
/// <param name="KeepUntil">When it is thinned out.</param>
public sealed record NewCareLook(CareLook Look, DateTimeOffset KeepUntil, IReadOnlyList<TableMeasure> Tables);

/// <summary>An index at an instant.</summary>
/// <param name="Rows">Live rows of its table.</param>
public sealed record IndexFigure(string Index, long Bytes, long Rows);

/// <summary>A table at an instant.</summary>
public sealed record TableFigure(DateTimeOffset Time, TableMeasure Measure);
