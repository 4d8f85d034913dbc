namespace Dendrite.SchedulerService.Maintenance;

/// <summary>How storage is freed. Section <c>Scheduler:Maintenance</c>.</summary>
internal sealed class MaintenanceOptions
{
    public const string Section = "Scheduler:Maintenance";

    /// <summary>When it runs in a project that did not have it yet. Cron of five fields; default every ten
    /// minutes.</summary>
    public string Cron { get; set; } = "*/10 * * * *";

    /// <summary>How long a run may work; the next one goes on. Default 30 minutes, as the contract says.</summary>
    public TimeSpan Budget { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long data stays after a run found that nobody sees it any more: reads that began before end in peace.
    /// Default 10 minutes.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Rows removed in one transaction. Default 1,000: of blocks some 30 MB, a few tens of milliseconds.
    /// </summary>
    public int RowsPerStep { get; set; } = 1_000;

    /// <summary>Rest between two steps, in which others have the disk to themselves. Default 20 ms.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether the figures make sense together.</summary>
    public bool IsValid =>
        Budget > TimeSpan.Zero && Grace >= TimeSpan.Zero && RowsPerStep > 0 && Pause >= TimeSpan.Zero;
}
