using Dendrite.SchedulerService.Alerts;
using Dendrite.Storage.Alerts;

namespace Dendrite.SchedulerService.Tests.Alerts;

public sealed class FiguresTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly WatchedJob Sync = new("sync", Now.AddDays(-9))
    {
        Ended = new(Succeeded: 3, Failed: 1),
        LastEndTime = Now.AddMinutes(-5),
        LastSeconds = 42,
        LastSuccessTime = Now.AddHours(-2),
        DelaySeconds = 7,
        Queued = 2,
    };

    private static readonly WatchedJob Backup = new("backup", Now.AddDays(-3))
    {
        Ended = new(Succeeded: 0, Failed: 4),
        LastEndTime = Now.AddMinutes(-50),
        LastSeconds = 9,
        DelaySeconds = 90,
        Queued = 1,
    };

    private static readonly WatchedJob Idle = new("idle", Now.AddDays(-1));

    [Theory]
    [InlineData(WatchedFigure.SuccessRatio, "", 3.0 / 8)]
    [InlineData(WatchedFigure.SuccessRatio, "sync", 0.75)]
    [InlineData(WatchedFigure.SuccessRatio, "backup", 0.0)]
    [InlineData(WatchedFigure.SuccessRatio, "idle", null)]
    [InlineData(WatchedFigure.RunSeconds, "", 42.0)]
    [InlineData(WatchedFigure.RunSeconds, "backup", 9.0)]
    [InlineData(WatchedFigure.RunSeconds, "idle", null)]
    [InlineData(WatchedFigure.SecondsSinceSuccess, "", 7_200.0)]
    // Never: counted from when the job was made.
    [InlineData(WatchedFigure.SecondsSinceSuccess, "backup", 3 * 86_400.0)]
    [InlineData(WatchedFigure.SecondsSinceSuccess, "none", null)]
    [InlineData(WatchedFigure.StartDelaySeconds, "", 90.0)]
    [InlineData(WatchedFigure.StartDelaySeconds, "idle", null)]
    [InlineData(WatchedFigure.QueuedRuns, "", 3.0)]
    [InlineData(WatchedFigure.QueuedRuns, "idle", 0.0)]
    [InlineData(WatchedFigure.DiskUsedRatio, "", 0.5)]
    [InlineData(WatchedFigure.BloatRatio, "", null)]
    public void Each_metric_is_found_among_what_was_measured(WatchedFigure metric, string job, double? expected)
    {
        var measured = new Measured([Sync, Backup, Idle], new(0.5, null), Now);

        Assert.Equal(expected, Figures.Find(metric, job, measured));
    }

    [Theory]
    [InlineData(true, 5.0, false)]
    [InlineData(true, 5.1, true)]
    [InlineData(false, 5.0, false)]
    [InlineData(false, 4.9, true)]
    [InlineData(true, null, false)]
    [InlineData(false, null, false)]
    public void The_threshold_itself_is_on_the_right_side_and_so_is_what_is_not_there(
        bool isAbove,
        double? figure,
        bool holds
    )
    {
        var rule = new AlertRuleRecord(1, "rule")
        {
            Revision = 1,
            Metric = WatchedFigure.QueuedRuns,
            IsAbove = isAbove,
            Threshold = 5,
        };

        Assert.Equal(holds, Figures.Holds(rule, figure));
    }
}
