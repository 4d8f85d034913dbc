using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.Storage.Care;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Care;

/// <summary>
/// Looks at the database once, and keeps what it saw. Any number of replicas may come at once: of each interval one
/// look is kept.
/// </summary>
internal sealed partial class CareLookPass(
    CareStores stores,
    DiskGauge disk,
    CareMeter meter,
    IOptions<CareOptions> options,
    TimeProvider time,
    ILogger<CareLookPass> logger
)
{
    /// <returns>Whether a look was kept.</returns>
    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        // A little less than the interval: timers do not strike to the millisecond.
        var due = options.Value.Interval * 0.9;
        // Clocks of replicas differ a little; what lies further ahead is of a clock that was put right since.
        var last = await stores.Looks.FindLastAsync(now + due, cancellationToken);
        if (last is not null && now - last.Time < due)
        {
            return false;
        }

        var tables = await stores.Tables.ReadAsync(cancellationToken);
        var databaseBytes = await stores.Tables.ReadDatabaseBytesAsync(cancellationToken);
        var ingest = last is null ? null : await IngestSinceAsync(last.Time, tables, now, cancellationToken);
        var facts = disk.Read(databaseBytes);
        var look = new CareLook(now)
        {
            DatabaseBytes = databaseBytes,
            DiskTotalBytes = facts?.TotalBytes,
            DiskUsedBytes = facts?.UsedBytes,
            IngestBytesPerSecond = ingest?.BytesPerSecond,
            IngestSpan = ingest?.Span,
        };
        meter.Record(look, tables);
        var kept = new NewCareLook(look, LookKeeping.Until(now, last?.Time), [.. tables.Where(IsKept)]);
        if (!await stores.Looks.AddAsync(kept, due, cancellationToken))
        {
            return false;
        }

        await MeasureProjectsAsync(now, cancellationToken);
        return true;
    }

    private bool IsKept(TableMeasure table) =>
        table.TotalBytes >= options.Value.MinTableBytes || TableHistory.IsData(table);

    private async Task<(double BytesPerSecond, TimeSpan Span)?> IngestSinceAsync(
        DateTimeOffset last,
        IReadOnlyList<TableMeasure> tables,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var before = await stores.History.ReadTablesAsync(last, last, cancellationToken);
        var measures = before.ToDictionary(each => each.Key, each => each.First().Measure, StringComparer.Ordinal);
        return TableHistory.Ingest(tables, measures, now - last);
    }

    private async Task MeasureProjectsAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var interval = options.Value.ProjectInterval * 0.9;
        var due = await stores.Projects.ListUnmeasuredAsync(
            now - interval,
            now + interval,
            options.Value.ProjectsPerLook,
            cancellationToken
        );
        foreach (var project in due)
        {
            try
            {
                var look = (now, LookKeeping.Until(now, project.LastTime));
                var size = await stores.Projects.MeasureAsync(project.Id, look, cancellationToken);
                meter.Record(project.Name, size);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested)
            {
                // One project that cannot be measured must not leave the others unmeasured.
                LogFailed(logger, error, project.Name);
            }
        }
    }
}

/// <summary>Where care keeps what it sees and does.</summary>
internal sealed record CareStores(
    CareLookStore Looks,
    CareHistoryStore History,
    TableMeasureStore Tables,
    ProjectSizeStore Projects,
    CareActionStore Actions
);
