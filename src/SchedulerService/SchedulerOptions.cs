namespace Dendrite.SchedulerService;

/// <summary>How jobs are kept and run. Section <c>Scheduler</c>.</summary>
internal sealed class SchedulerOptions
{
    /// <summary>
    /// When retention runs in a project that did not have it yet. Cron of five fields; default daily at 02:00.
    /// </summary>
    public string RetentionCron { get; set; } = "0 2 * * *";

    /// <summary>The IANA time zone of that. Default UTC.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>
    /// How long a branch must have been left alone before retention takes it: somebody may be at work. Default 1 h.
    /// </summary>
    public TimeSpan QuietTime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>After how long without a sign of life a run is taken over by another replica. Default 60 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many runs go on in this replica at once. Default 16.</summary>
    public int MaxConcurrentRuns { get; set; } = 16;

    /// <summary>
    /// How many runs beside those may only wait here, such as for a gateway: they cost memory. What waits beside them
    /// is given back and looked at again each minute. Default 1,000.
    /// </summary>
    public int MaxRestingRuns { get; set; } = 1_000;

    /// <summary>
    /// How late a time of a schedule may be that is still due; what is later was missed, and the job's misfire policy
    /// says what becomes of it. Default 60 s.
    /// </summary>
    public TimeSpan MisfireGrace { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How often projects are looked at: their own jobs, and runs that nothing holds up. Default 30 s.
    /// </summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the engine sleeps at most where no clock wakes it: what another replica could not take. Default 2 s.
    /// </summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How soon it looks again at what is due and could not be done. Default 100 ms.</summary>
    public TimeSpan BusyInterval { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How often what runs say is written, and whether they must stop is asked. Default 500 ms.</summary>
    public TimeSpan TendInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the record of a run is kept after its end. Default 180 days.</summary>
    public TimeSpan KeepRuns { get; set; } = TimeSpan.FromDays(180);

    /// <summary>Whether the figures make sense together.</summary>
    public bool IsValid =>
        Lease >= TimeSpan.FromMilliseconds(100)
        && MaxConcurrentRuns is > 0 and <= 1_000
        && MaxRestingRuns is >= 0 and <= 100_000
        && MisfireGrace >= TimeSpan.Zero
        && KeepRuns > TimeSpan.Zero
        && new[] { ReconcileInterval, PollInterval, BusyInterval, TendInterval }.All(each => each > TimeSpan.Zero);
}
