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

    /// <summary>How often projects, jobs and abandoned runs are looked at. Default 30 s.</summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many attempts a run has. Default 3, as the contract says.</summary>
    public int MaxAttempts { get; set; } = 3;
}
