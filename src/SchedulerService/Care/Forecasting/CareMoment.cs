namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>What is the same for all tables when it is decided.</summary>
internal sealed record CareMoment(DateTimeOffset Now)
{
    /// <summary>Whether little is written now, and usually at this hour.</summary>
    public required bool IsQuiet { get; init; }

    /// <summary>When the next quiet hour begins; null where none is.</summary>
    public required DateTimeOffset? NextQuiet { get; init; }

    /// <summary>Null where nobody knows the disk.</summary>
    public DiskFacts? Disk { get; init; }
}

/// <summary>The disk of the database.</summary>
/// <param name="TotalBytes">What may be filled: without what is kept for the system's administrator.</param>
internal readonly record struct DiskFacts(long TotalBytes, long UsedBytes)
{
    public long FreeBytes => Math.Max(0, TotalBytes - UsedBytes);

    /// <summary>0 to 1.</summary>
    public double UsedRatio => TotalBytes > 0 ? (double)UsedBytes / TotalBytes : 0;
}
