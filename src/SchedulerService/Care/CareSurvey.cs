using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.SchedulerService.Times;
using Dendrite.Storage.Care;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Care;

/// <summary>
/// Gathers what is known of the database, now and over time, and has it decided what to do. Changes nothing.
/// Thread-safe.
/// </summary>
internal sealed class CareSurvey(
    CareStores stores,
    DiskGauge disk,
    IOptions<CareOptions> options,
    IOptions<SchedulerOptions> scheduler,
    TimeProvider time
)
{
    /// <summary>What was measured over longer is of no single hour.</summary>
    private static readonly TimeSpan MaxIngestSpan = TimeSpan.FromMinutes(90);

    /// <summary>
    /// Eight round trips; its cost grows with the tables that have a history, and their looks of the last two weeks.
    /// </summary>
    public async Task<CarePlan> PlanAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var since = now - options.Value.LearnFrom;
        var tables = await stores.Tables.ReadAsync(cancellationToken);
        var looks = await stores.Looks.ListAsync(since, now, cancellationToken);
        var history = await stores.History.ReadTablesAsync(since, now, cancellationToken);
        var tightest = await ReadTightestAsync(cancellationToken);
        var vain = await ReadVainAsync(now, cancellationToken);
        var bytes = await stores.Tables.ReadDatabaseBytesAsync(cancellationToken);
        var quiet = Learn(looks);
        var rate = RateNow(now, tables, looks, history);
        var moment = new CareMoment(now)
        {
            IsQuiet = quiet.IsQuietAt(now, rate),
            NextQuiet = quiet.NextAfter(now),
            Disk = disk.Read(bytes),
        };
        var plans = tables
            .Select(table => Plan(new(now, table), [.. history[table.Table]], tightest, moment, vain))
            .OrderByDescending(plan => plan.Decisions.Max(decision => decision.Timing))
            .ThenByDescending(plan => plan.Facts.DeadBytes)
            .ThenByDescending(plan => plan.Facts.RowBytes);
        return new(moment, quiet, rate, [.. plans]);
    }

    private QuietTimes Learn(IReadOnlyList<CareLook> looks)
    {
        var zone = TimeZones.Find(scheduler.Value.TimeZone, "Scheduler:TimeZone");
        var rates = looks
            .Where(look => look.IngestSpan <= MaxIngestSpan)
            .Select(look => new Reading(look.Time - (look.IngestSpan!.Value / 2), look.IngestBytesPerSecond!.Value));
        return QuietTimes.Of(rates, zone, options.Value.QuietNeed);
    }

    /// <summary>Since the last look; where that was just now, as that look found.</summary>
    private static double? RateNow(
        DateTimeOffset now,
        IReadOnlyList<TableMeasure> tables,
        IReadOnlyList<CareLook> looks,
        ILookup<string, TableFigure> history
    )
    {
        if (looks.Count == 0)
        {
            return null;
        }

        var last = looks[^1].Time;
        var before = history
            .Where(each => each.Last().Time == last)
            .ToDictionary(each => each.Key, each => each.Last().Measure, StringComparer.Ordinal);
        return TableHistory.Ingest(tables, before, now - last)?.BytesPerSecond ?? looks[^1].IngestBytesPerSecond;
    }

    private TablePlan Plan(
        TableFigure now,
        IReadOnlyList<TableFigure> history,
        TightestSizes tightest,
        CareMoment moment,
        IReadOnlyDictionary<string, VainCare> vain
    )
    {
        var facts = TableHistory.FactsOf(now, history, tightest) with
        {
            Vain = vain.GetValueOrDefault(now.Measure.Table),
        };
        var limits = options.Value.Limits;
        return new(
            now.Measure.Oid,
            facts,
            CareRule.DeadForecast(facts, moment.Now, limits),
            CareRule.Decide(facts, moment, limits)
        )
        {
            Indexes = now.Measure.Indexes.ToDictionary(each => each.Index, each => each.Oid, StringComparer.Ordinal),
            LeftIndexes = [.. now.Measure.Indexes.Where(index => !index.IsValid).Select(index => index.Oid)],
        };
    }

    /// <summary>What was done lately; a freeze that is due again so soon did not make its table younger.</summary>
    private async Task<IReadOnlyDictionary<string, VainCare>> ReadVainAsync(
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var done = await stores.Actions.ListLastAsync(now - options.Value.Limits.VainWait, now, cancellationToken);
        return done.Where(action => action.IsVain || action.Kind is CareKind.Freeze)
            .ToDictionary(
                action => action.Table,
                action =>
                    action.IsVain
                        ? new VainCare(CareAction.Vacuum, action.EndTime!.Value, action.Message)
                        : new(CareAction.Freeze, action.EndTime!.Value, "its oldest transaction may still be seen"),
                StringComparer.Ordinal
            );
    }

    private async Task<TightestSizes> ReadTightestAsync(CancellationToken cancellationToken) =>
        new(
            await stores.History.ReadTightestHeapsAsync(BloatEstimate.MinRows, cancellationToken),
            await stores.History.ReadTightestIndexesAsync(BloatEstimate.MinRows, cancellationToken)
        );
}
