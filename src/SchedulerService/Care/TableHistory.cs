using Dendrite.SchedulerService.Care.Forecasting;
using Dendrite.Storage.Care;

namespace Dendrite.SchedulerService.Care;

/// <summary>From what was measured of a table, now and earlier, to what is known of it: pure.</summary>
internal static class TableHistory
{
    /// <summary>Between two looks that are closer nothing is said of rates.</summary>
    private static readonly TimeSpan MinSpan = TimeSpan.FromSeconds(30);

    /// <param name="history">The oldest first.</param>
    public static TableFacts FactsOf(TableFigure now, IReadOnlyList<TableFigure> history, TightestSizes tightest)
    {
        var measure = now.Measure;
        return Sized(measure) with
        {
            WritesPerSecond = WritesPerSecond(now, history),
            UsualWritesPerSecond = UsualWrites(history),
            FreezeRatio = measure.FreezeRatio,
            LastVacuumTime = measure.VacuumTime,
            DeadTrend = DeadTrend(now, history),
            AirRatio = BloatEstimate.AirRatio(
                new(measure.HeapBytes, measure.LiveRows + measure.DeadRows),
                Sizes(tightest.Heaps, measure.Table)
            ),
            Indexes =
            [
                .. measure
                    .Indexes.Where(index => index.IsValid)
                    .Select(index => new IndexFacts(
                        index.Index,
                        index.Bytes,
                        BloatEstimate.AirRatio(new(index.Bytes, measure.LiveRows), Sizes(tightest.Indexes, index.Index))
                    )),
            ],
        };
    }

    /// <summary>Bytes written into data tables a second, and over how long; null where nobody knows.</summary>
    /// <param name="before">What the same tables were like then.</param>
    public static (double BytesPerSecond, TimeSpan Span)? Ingest(
        IEnumerable<TableMeasure> tables,
        IReadOnlyDictionary<string, TableMeasure> before,
        TimeSpan span
    )
    {
        if (span < MinSpan)
        {
            return null;
        }

        var bytes = 0.0;
        foreach (var table in tables.Where(IsData))
        {
            // A table that is new since then was empty.
            var rows = table.InsertedRows - (before.GetValueOrDefault(table.Table)?.InsertedRows ?? 0);
            if (rows < 0)
            {
                return null;
            }

            bytes += rows * table.BytesPerRow;
        }

        return (bytes / span.TotalSeconds, span);
    }

    /// <summary>Whether recordings or records go into it.</summary>
    public static bool IsData(TableMeasure table) =>
        table.Table.StartsWith("signals.", StringComparison.Ordinal)
        || table.Table.StartsWith("records.", StringComparison.Ordinal);

    private static TableFacts Sized(TableMeasure measure) =>
        new(measure.Table)
        {
            HeapBytes = measure.HeapBytes,
            ToastBytes = measure.ToastBytes,
            IndexBytes = measure.IndexBytes,
            LiveRows = measure.LiveRows,
            DeadRows = measure.DeadRows,
            ToastLiveRows = measure.ToastLiveRows,
            ToastDeadRows = measure.ToastDeadRows,
        };

    private static double? WritesPerSecond(TableFigure now, IReadOnlyList<TableFigure> history) =>
        history.LastOrDefault(figure => now.Time - figure.Time >= MinSpan) is { } before ? Rate(before, now) : null;

    private static double? UsualWrites(IReadOnlyList<TableFigure> history)
    {
        var rates = history.Zip(history.Skip(1), Rate).OfType<double>().ToList();
        return rates.Count > 0 ? TheilSen.Median(rates) : null;
    }

    private static double? Rate(TableFigure before, TableFigure after)
    {
        var seconds = (after.Time - before.Time).TotalSeconds;
        var rows =
            after.Measure.InsertedRows
            + after.Measure.ChangedRows
            - before.Measure.InsertedRows
            - before.Measure.ChangedRows;
        // Fewer than before: the server's counters began anew.
        return seconds > 0 && rows >= 0 ? rows / seconds : null;
    }

    /// <summary>Of the time since it was last vacuumed: what was before is no part of this growth.</summary>
    private static Trend? DeadTrend(TableFigure now, IReadOnlyList<TableFigure> history)
    {
        var readings = history
            .Append(now)
            .Where(figure => figure.Measure.VacuumTime == now.Measure.VacuumTime)
            .Select(figure => new Reading(figure.Time, Sized(figure.Measure).DeadBytes))
            .ToList();
        return TheilSen.Fit(readings);
    }

    private static IEnumerable<RelationSize> Sizes(IReadOnlyDictionary<string, IndexFigure> tightest, string name) =>
        tightest.TryGetValue(name, out var size) ? [new(size.Bytes, size.Rows)] : [];
}

/// <summary>The look at which each heap and index needed the fewest bytes a row.</summary>
internal sealed record TightestSizes(
    IReadOnlyDictionary<string, IndexFigure> Heaps,
    IReadOnlyDictionary<string, IndexFigure> Indexes
);
