namespace Dendrite.SchedulerService.Alerts;

/// <summary>How alert rules are watched and messages are sent. Section <c>Scheduler:Alerts</c>.</summary>
internal sealed class AlertOptions
{
    public const string Section = "Scheduler:Alerts";

    /// <summary>How often rules are looked at, and figures are measured. Default 30 s.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often messages that are due are sent. Default 5 s.</summary>
    public TimeSpan DeliveryInterval { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// After how long another replica takes over a message that one began to send. Longer than any attempt. Default
    /// 90 s.
    /// </summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>How long one attempt may take. Default 20 s.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>How long after the first failed attempt comes the second; each later one waits twice as long. Default
    /// 10 s.</summary>
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait between two attempts. Default 1 h.</summary>
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Attempts before a message failed for good. Default 12: some three and a half hours.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>How long an alert is kept after its end. Default 365 days.</summary>
    public TimeSpan KeepAlerts { get; set; } = TimeSpan.FromDays(365);

    /// <summary>
    /// A folder on the disk of the database, where this service sees it; what is used of that disk is then measured.
    /// Null: it does not see it.
    /// </summary>
    public string? DiskPath { get; set; }

    /// <summary>
    /// Where the disk is not seen: how many bytes the database may fill; its size is then measured against that. 0: not
    /// said.
    /// </summary>
    public long DiskCapacityBytes { get; set; }

    /// <summary>
    /// For how long a message may wait outside of quiet hours: for its next attempt, or for another replica.
    /// </summary>
    public TimeSpan LongestWait => LongestRetry > Lease ? LongestRetry : Lease;

    /// <summary>Whether the figures make sense together.</summary>
    public bool IsValid =>
        new[] { Interval, DeliveryInterval, AttemptTimeout, FirstRetry, KeepAlerts }.All(each => each > TimeSpan.Zero)
        && Lease > AttemptTimeout
        && LongestRetry >= FirstRetry
        && MaxAttempts is > 0 and <= 100
        && DiskCapacityBytes >= 0;
}
