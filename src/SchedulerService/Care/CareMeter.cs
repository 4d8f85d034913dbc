using System.Diagnostics.Metrics;
using Dendrite.SchedulerService.Alerts;
using Dendrite.Storage.Care;

namespace Dendrite.SchedulerService.Care;

/// <summary>
/// What care sees and does, as metrics under the meter of <see cref="HealthMeter"/>. Whichever replica looks reports,
/// so take the newest over replicas, or their maximum, and not their sum; actions are counted where they are done.
/// </summary>
internal sealed class CareMeter
{
    /// <summary>Tables that have figures of their own: backends pay for each.</summary>
    private const int MaxTables = 20;

    private readonly Gauge<long> databaseSize;
    private readonly Gauge<long> tableSize;
    private readonly Gauge<double> freezeRatio;
    private readonly Gauge<double> ingestRate;
    private readonly Gauge<long> projectSize;
    private readonly Counter<long> actions;

    public CareMeter(IMeterFactory meters)
    {
        var meter = meters.Create(HealthMeter.MeterName);
        databaseSize = meter.CreateGauge<long>("dendrite.database.size", "By", "Size of the database.");
        tableSize = meter.CreateGauge<long>("dendrite.database.table.size", "By", "Size of a table with its indexes.");
        freezeRatio = meter.CreateGauge<double>(
            "dendrite.database.freeze_ratio",
            "1",
            "Age of the oldest table over the age at which the server vacuums it by itself."
        );
        ingestRate = meter.CreateGauge<double>("dendrite.database.ingest", "By/s", "Written into data tables.");
        projectSize = meter.CreateGauge<long>("dendrite.project.size", "By", "Rows of a project, without indexes.");
        actions = meter.CreateCounter<long>("dendrite.care.actions", "{action}", "What was done about tables.");
    }

    public void Record(CareLook look, IReadOnlyList<TableMeasure> tables)
    {
        databaseSize.Record(look.DatabaseBytes);
        if (look.IngestBytesPerSecond is { } rate)
        {
            ingestRate.Record(rate);
        }

        if (tables.Count > 0)
        {
            freezeRatio.Record(tables.Max(table => table.FreezeRatio));
        }

        foreach (var table in tables.OrderByDescending(table => table.TotalBytes).Take(MaxTables))
        {
            tableSize.Record(table.TotalBytes, new KeyValuePair<string, object?>("dendrite.table", table.Table));
        }
    }

    public void Record(string project, ProjectSize size) =>
        projectSize.Record(size.Bytes, new KeyValuePair<string, object?>("dendrite.project", project));

    public void Count(CareActionRecord action) =>
        actions.Add(
            1,
            new("dendrite.care.kind", action.Kind.ToString()),
            new("dendrite.care.outcome", action.Outcome.ToString())
        );
}
