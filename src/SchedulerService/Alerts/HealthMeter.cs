using System.Diagnostics.Metrics;
using Dendrite.Storage.Alerts;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>
/// The figures that alert rules watch, as metrics under the meter <see cref="MeterName"/>, measured at each look by
/// every replica: the same figure of two replicas is one figure, so take the maximum of them and not their sum. Those
/// of
/// a project bear the tag <c>dendrite.project</c>, those of a job <c>dendrite.job</c> too.
/// </summary>
internal sealed class HealthMeter(IMeterFactory meters)
{
    public const string MeterName = "Dendrite.Scheduler";

    /// <summary>Jobs of a project that have figures of their own: backends pay for each.</summary>
    private const int MaxJobs = 200;

    private const double SecondsOfDay = 86_400;

    private readonly Instruments all = new(meters.Create(MeterName));

    /// <summary>Whether anyone collects them.</summary>
    public bool IsWanted => all.SuccessRatio.Enabled;

    public void Record(InstallationFigures figures)
    {
        Record(all.DiskUsed, figures.DiskUsedRatio, []);
        Record(all.Bloat, figures.BloatRatio, []);
        Record(all.DiskFull, figures.DiskFullDays * SecondsOfDay, []);
    }

    public void Record(string project, Measured measured)
    {
        if (!IsWanted)
        {
            return;
        }

        KeyValuePair<string, object?> ofProject = new("dendrite.project", project);
        Record("", measured, [ofProject]);
        foreach (var job in measured.Jobs.Take(MaxJobs))
        {
            Record(job.Job, measured, [ofProject, new("dendrite.job", job.Job)]);
        }
    }

    private void Record(string job, Measured measured, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        foreach (var (metric, gauge) in all.OfJobs)
        {
            Record(gauge, Figures.Find(metric, job, measured), tags);
        }
    }

    private static void Record(Gauge<double> gauge, double? figure, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // What cannot be measured has no point: a zero would be a lie.
        if (figure is { } value)
        {
            gauge.Record(value, tags);
        }
    }

    private sealed class Instruments(Meter meter)
    {
        public Gauge<double> SuccessRatio { get; } =
            meter.CreateGauge<double>(
                "dendrite.scheduler.run.success_ratio",
                "1",
                "Runs that succeeded over runs that ended in the last 24 hours."
            );

        public Gauge<double> DiskUsed { get; } =
            meter.CreateGauge<double>("dendrite.database.disk.utilization", "1", "Used part of the database's disk.");

        public Gauge<double> DiskFull { get; } =
            meter.CreateGauge<double>(
                "dendrite.database.disk.full_in",
                "s",
                "Until the database's disk is full, by the forecast."
            );

        public Gauge<double> Bloat { get; } =
            meter.CreateGauge<double>(
                "dendrite.database.table.dead_ratio",
                "1",
                "Dead part of the worst of the ten largest tables."
            );

        public (WatchedFigure Metric, Gauge<double> Gauge)[] OfJobs =>
            ofJobs ??= [
                (WatchedFigure.SuccessRatio, SuccessRatio),
                (
                    WatchedFigure.RunSeconds,
                    meter.CreateGauge<double>("dendrite.scheduler.run.duration", "s", "Duration of the last run.")
                ),
                (
                    WatchedFigure.SecondsSinceSuccess,
                    meter.CreateGauge<double>(
                        "dendrite.scheduler.run.since_success",
                        "s",
                        "Since the last run that succeeded."
                    )
                ),
                (
                    WatchedFigure.StartDelaySeconds,
                    meter.CreateGauge<double>("dendrite.scheduler.run.start_delay", "s", "How late runs begin.")
                ),
                (
                    WatchedFigure.QueuedRuns,
                    meter.CreateGauge<double>(
                        "dendrite.scheduler.run.queued",
                        "{run}",
                        "Runs that are due and have not begun."
                    )
                ),
            ];

        private (WatchedFigure Metric, Gauge<double> Gauge)[]? ofJobs;
    }
}
