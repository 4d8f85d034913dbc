using Dendrite.SchedulerService.Care.Forecasting;

namespace Dendrite.SchedulerService.Care;

/// <summary>
/// How the database is watched and cared for. Section <c>Scheduler:Care</c>. Besides, <c>ConnectionStrings:care</c> is
/// the database as the role that may vacuum; without it everything is foretold and nothing is done.
/// </summary>
internal sealed class CareOptions
{
    public const string Section = "Scheduler:Care";

    /// <summary>How often the database is looked at. Default 15 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How often a project's size is measured. Default 1 hour.</summary>
    public TimeSpan ProjectInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Projects measured after one look, the longest unmeasured first: each reads some pages. Default 50.
    /// </summary>
    public int ProjectsPerLook { get; set; } = 50;

    /// <summary>
    /// Smaller tables have no history, unless data goes into them: the server's own vacuum is done with them in
    /// milliseconds. Default 8 MiB.
    /// </summary>
    public long MinTableBytes { get; set; } = 8L << 20;

    /// <summary>Over how long back usual rates are learned. Default 14 days.</summary>
    public TimeSpan LearnFrom { get; set; } = TimeSpan.FromDays(14);

    /// <summary>
    /// The first quiet hour of the day while too little is known, in <c>Scheduler:TimeZone</c>. Default 1.
    /// </summary>
    public int QuietFromHour { get; set; } = 1;

    /// <summary>The first one that is not; smaller where they go over midnight. Default 5.</summary>
    public int QuietToHour { get; set; } = 5;

    /// <summary>What is next to nothing. Default 64 KiB a second.</summary>
    public double IdleBytesPerSecond { get; set; } = 64 << 10;

    /// <summary>How long the rebuild of an index waits for transactions that began before. Default 1 minute.</summary>
    public TimeSpan RebuildPatience { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>From when on something is done.</summary>
    public CareLimits Limits { get; set; } = new();

    /// <summary>The hours that are quiet while too little is known.</summary>
    public QuietNeed QuietNeed => new(QuietHours().ToHashSet(), IdleBytesPerSecond);

    /// <summary>Whether the figures make sense together.</summary>
    public bool IsValid =>
        new[] { Interval, ProjectInterval, LearnFrom, RebuildPatience }.All(each => each > TimeSpan.Zero)
        && ProjectsPerLook >= 0
        && MinTableBytes >= 0
        && IdleBytesPerSecond >= 0
        && QuietFromHour is >= 0 and < 24
        && QuietToHour is >= 0 and < 24
        && Limits.IsValid;

    private IEnumerable<int> QuietHours()
    {
        for (var hour = QuietFromHour; hour != QuietToHour; hour = (hour + 1) % 24)
        {
            yield return hour;
        }
    }
}
