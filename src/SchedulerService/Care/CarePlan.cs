using Dendrite.SchedulerService.Care.Forecasting;

namespace Dendrite.SchedulerService.Care;

/// <summary>What would be done about every table at an instant, and on which figures.</summary>
/// <param name="BytesPerSecond">What is written into data tables just now; null where nobody knows.</param>
/// <param name="Tables">The most pressing first.</param>
internal sealed record CarePlan(
    CareMoment Moment,
    QuietTimes Quiet,
    double? BytesPerSecond,
    IReadOnlyList<TablePlan> Tables
)
{
    /// <summary>What is to be done now, in order: what is urgent, then where the most comes free.</summary>
    public IEnumerable<(TablePlan Table, CareDecision Decision)> Due =>
        Tables
            .SelectMany(table => table.Decisions.Select(decision => (Table: table, Decision: decision)))
            .Where(due => due.Decision.Timing is CareTiming.Now or CareTiming.Urgent)
            .OrderByDescending(due => due.Decision.Timing)
            .ThenBy(due => due.Decision.Action)
            .ThenByDescending(due => due.Table.Facts.DeadBytes);
}

/// <summary>What would be done about a table.</summary>
/// <param name="Oid">Its number in the catalog.</param>
/// <param name="DueForecast">When dead rows will be the part of it at which it is vacuumed.</param>
internal sealed record TablePlan(
    uint Oid,
    TableFacts Facts,
    Crossing DueForecast,
    IReadOnlyList<CareDecision> Decisions
)
{
    /// <summary>By name, the numbers of its indexes.</summary>
    public required IReadOnlyDictionary<string, uint> Indexes { get; init; }

    /// <summary>What rebuilds left behind that were cut off.</summary>
    public required IReadOnlyList<uint> LeftIndexes { get; init; }
}
