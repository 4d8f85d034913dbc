namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>From when on something is done about a table. Section <c>Scheduler:Care:Limits</c>.</summary>
internal sealed class CareLimits
{
    /// <summary>A table is vacuumed when dead rows are this part of it. Default 0.1.</summary>
    public double DeadRatio { get; set; } = 0.1;

    /// <summary>And take up so many bytes: of small tables nobody gains. Default 16 MiB.</summary>
    public long MinDeadBytes { get; set; } = 16L << 20;

    /// <summary>At this part it is vacuumed in spite of load. Default 0.5.</summary>
    public double UrgentDeadRatio { get; set; } = 0.5;

    /// <summary>
    /// A table is frozen at a quiet time when its age comes to this part of <c>autovacuum_freeze_max_age</c>: else
    /// the server does it by itself at any time, and lets nobody interrupt it. Default 0.8.
    /// </summary>
    public double FreezeRatio { get; set; } = 0.8;

    /// <summary>At this one it is frozen in spite of load: the server did not come to it. Default 1.25.</summary>
    public double UrgentFreezeRatio { get; set; } = 1.25;

    /// <summary>Above this used part of the disk dead rows are removed in spite of load. Default 0.95.</summary>
    public double UrgentDiskRatio { get; set; } = 0.95;

    /// <summary>
    /// A table that is written faster than usual, and than so many rows a second, is left. Default 100.
    /// </summary>
    public double BusyRowsPerSecond { get; set; } = 100;

    /// <summary>
    /// How long a table is left that was vacuumed or frozen to no avail, in spite of all else. Default 1 h, at most a
    /// day.
    /// </summary>
    public TimeSpan VainWait { get; set; } = TimeSpan.FromHours(1);

    /// <summary>An index is built anew when this part of it is air. Default 0.4.</summary>
    public double IndexAirRatio { get; set; } = 0.4;

    /// <summary>And it has so many bytes. Default 256 MiB.</summary>
    public long MinIndexBytes { get; set; } = 256L << 20;

    /// <summary>A table of which this part is air is named to people. Default 0.5.</summary>
    public double RewriteAirRatio { get; set; } = 0.5;

    /// <summary>And whose air is so many bytes. Default 1 GiB.</summary>
    public long MinRewriteBytes { get; set; } = 1L << 30;

    /// <summary>Whether the figures make sense together.</summary>
    public bool IsValid =>
        DeadRatio is > 0 and < 1
        && UrgentDeadRatio > DeadRatio
        && FreezeRatio > 0
        && UrgentFreezeRatio > FreezeRatio
        && UrgentDiskRatio is > 0 and <= 1
        && IndexAirRatio is > 0 and < 1
        && RewriteAirRatio is > 0 and < 1
        && MinDeadBytes >= 0
        && MinIndexBytes >= 0
        && MinRewriteBytes >= 0
        && BusyRowsPerSecond >= 0
        && VainWait >= TimeSpan.Zero
        && VainWait <= TimeSpan.FromDays(1);
}
