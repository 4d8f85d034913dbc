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
    /// How long a request that was done is remembered by its id, so that a repetition is answered and not done again;
    /// then the id is as good as new. Default 30 days, at least <see cref="LeastRequestRetention"/>.
    /// </summary>
    public TimeSpan RequestRetention { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Rows removed in one transaction. Default 1,000: of blocks some 30 MB, a few tens of milliseconds.
    /// </summary>
    public int RowsPerStep { get; set; } = 1_000;

    /// <summary>Rest between two steps, in which others have the disk to themselves. Default 20 ms.</summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Less, and who asks again the next morning, as a run with attempts over a night does, has it done twice.
    /// </summary>
    public static readonly TimeSpan LeastRequestRetention = TimeSpan.FromDays(1);

    /// <summary>A hundred years: more is no instant that PostgreSQL knows.</summary>
    public static readonly TimeSpan MostRequestRetention = TimeSpan.FromDays(36_500);

    /// <summary>Whether requests are remembered for long enough, and not beyond any calendar.</summary>
    public bool RemembersLongEnough =>
        RequestRetention >= LeastRequestRetention && RequestRetention <= MostRequestRetention;

    /// <summary>Whether the figures make sense together.</summary>
    public bool IsValid =>
        Budget > TimeSpan.Zero && Grace >= TimeSpan.Zero && RowsPerStep > 0 && Pause >= TimeSpan.Zero;
}
