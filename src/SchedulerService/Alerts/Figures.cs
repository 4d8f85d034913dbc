using System.Globalization;
using Dendrite.Storage.Alerts;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>Finds the figure that a rule watches among what was measured: pure.</summary>
internal static class Figures
{
    /// <summary>In the unit of the metric; null where there is nothing to measure.</summary>
    /// <param name="job">Id of the job; empty: the project, of which the worst job counts, or all together.</param>
    public static double? Find(WatchedFigure metric, string job, Measured measured)
    {
        var jobs = job.Length == 0 ? measured.Jobs : [.. measured.Jobs.Where(each => each.Job == job)];
        return metric switch
        {
            WatchedFigure.SuccessRatio => SuccessRatio(jobs),
            WatchedFigure.RunSeconds => jobs.MaxBy(each => each.LastEndTime)?.LastSeconds,
            WatchedFigure.SecondsSinceSuccess => SinceSuccess(jobs, measured.Now),
            WatchedFigure.StartDelaySeconds => jobs.Max(each => each.DelaySeconds),
            WatchedFigure.QueuedRuns => jobs.Count > 0 ? jobs.Sum(each => each.Queued) : null,
            WatchedFigure.DiskUsedRatio => measured.Installation.DiskUsedRatio,
            WatchedFigure.BloatRatio => measured.Installation.BloatRatio,
            WatchedFigure.DiskFullDays => measured.Installation.DiskFullDays,
            WatchedFigure.FreezeRatio => measured.Installation.FreezeRatio,
            _ => null,
        };
    }

    /// <summary>Whether it is on the wrong side; a figure that is not there is not.</summary>
    public static bool Holds(AlertRuleRecord rule, double? figure) =>
        rule.IsAbove ? figure > rule.Threshold : figure < rule.Threshold;

    /// <summary>For people, such as <c>success ratio of job nightly is 0.42, below 0.95</c>.</summary>
    public static string Describe(AlertRuleRecord rule, double figure)
    {
        var subject =
            IsOfInstallation(rule.Metric) ? ""
            : rule.Job.Length > 0 ? $" of job {rule.Job}"
            : " of all jobs";
        var side = rule.IsAbove ? "above" : "below";
        return $"{Name(rule.Metric)}{subject} is {Show(figure)}{Unit(rule.Metric)}, {side} {Show(rule.Threshold)}";
    }

    /// <summary>Whether it is about the installation, and so about no job.</summary>
    public static bool IsOfInstallation(WatchedFigure metric) =>
        metric
            is WatchedFigure.DiskUsedRatio
                or WatchedFigure.BloatRatio
                or WatchedFigure.DiskFullDays
                or WatchedFigure.FreezeRatio;

    /// <summary>Whether it is something that happens, which is told once, and no level that is watched.</summary>
    public static bool IsEvent(WatchedFigure metric) => metric is WatchedFigure.WarnedBranches;

    /// <summary>Whether it is a part of a whole: from 0 to 1.</summary>
    public static bool IsRatio(WatchedFigure metric) =>
        metric is WatchedFigure.SuccessRatio or WatchedFigure.DiskUsedRatio or WatchedFigure.BloatRatio;

    private static double? SuccessRatio(IReadOnlyCollection<WatchedJob> jobs)
    {
        var ended = new EndedRuns(jobs.Sum(each => each.Ended.Succeeded), jobs.Sum(each => each.Ended.Failed));
        return ended.Succeeded + ended.Failed > 0 ? ended.SuccessRatio : null;
    }

    /// <summary>
    /// Where nothing ever succeeded it is counted from when the first job was made: that too is late.
    /// </summary>
    private static double? SinceSuccess(IReadOnlyCollection<WatchedJob> jobs, DateTimeOffset now) =>
        (jobs.Max(each => each.LastSuccessTime) ?? jobs.Min(each => (DateTimeOffset?)each.CreateTime)) is { } last
            ? Math.Max(0, (now - last).TotalSeconds)
            : null;

    private static string Name(WatchedFigure metric) =>
        metric switch
        {
            WatchedFigure.SuccessRatio => "success ratio",
            WatchedFigure.RunSeconds => "duration of the last run",
            WatchedFigure.SecondsSinceSuccess => "time since the last success",
            WatchedFigure.StartDelaySeconds => "start delay",
            WatchedFigure.QueuedRuns => "number of runs that wait",
            WatchedFigure.DiskUsedRatio => "used part of the disk",
            WatchedFigure.WarnedBranches => "number of branches that end soon",
            WatchedFigure.DiskFullDays => "time until the disk is full",
            WatchedFigure.FreezeRatio => "age of the oldest table over what the server allows itself",
            _ => "dead part of the largest tables",
        };

    private static string Unit(WatchedFigure metric) =>
        metric is WatchedFigure.RunSeconds or WatchedFigure.SecondsSinceSuccess or WatchedFigure.StartDelaySeconds
            ? " s"
        : metric is WatchedFigure.DiskFullDays ? " days"
        : "";

    private static string Show(double figure) => figure.ToString("0.####", CultureInfo.InvariantCulture);
}

/// <summary>What was measured at one look.</summary>
internal sealed record Measured(IReadOnlyList<WatchedJob> Jobs, InstallationFigures Installation, DateTimeOffset Now);

/// <param name="DiskUsedRatio">Null where nobody said how large the disk is.</param>
internal readonly record struct InstallationFigures(double? DiskUsedRatio, double? BloatRatio)
{
    /// <summary>Days until the disk is full; null where that will never be, or nobody can say.</summary>
    public double? DiskFullDays { get; init; }

    /// <summary>Of the oldest table: its age over that at which the server vacuums it by itself.</summary>
    public double? FreezeRatio { get; init; }
}
