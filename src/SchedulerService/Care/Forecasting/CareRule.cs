using System.Globalization;

namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>
/// Decides what to do about a table: pure. Vacuum takes a lock that lets everybody read and write, and costs reading;
/// so it waits for quiet times, unless waiting costs more. What locks readers or writers out (<c>VACUUM FULL</c>,
/// <c>CLUSTER</c>) is never done by itself.
/// </summary>
internal static class CareRule
{
    /// <summary>How much must be known before growth of dead rows is foretold.</summary>
    public static readonly HistoryNeed Need = new(4, TimeSpan.FromHours(1));

    /// <summary>What a rebuild needs of the disk, in sizes of the index: itself, and what is sorted.</summary>
    private const double RebuildRoom = 2;

    /// <summary>In the order in which they are to be done; where nothing is, one that says so.</summary>
    public static IReadOnlyList<CareDecision> Decide(TableFacts table, CareMoment moment, CareLimits limits)
    {
        var decisions = new List<CareDecision>();
        if (Vacuum(table, moment, limits) is { } vacuum)
        {
            decisions.Add(AfterVain(vacuum, table, moment, limits));
        }

        decisions.AddRange(table.Indexes.Select(index => Rebuild(table, index, moment, limits)).OfType<CareDecision>());
        if (Rewrite(table, limits) is { } rewrite)
        {
            decisions.Add(rewrite);
        }

        return decisions.Count > 0
            ? decisions
            : [new(CareAction.None, CareTiming.Never, Quietly(table, DeadForecast(table, moment.Now, limits)))];
    }

    /// <summary>When dead rows will be the part of a table at which it is vacuumed.</summary>
    public static Crossing DeadForecast(TableFacts table, DateTimeOffset now, CareLimits limits) =>
        Crossing.Of(table.DeadTrend, table.DeadBytes, DeadLimit(table, limits), now, Need);

    private static CareDecision? Vacuum(TableFacts table, CareMoment moment, CareLimits limits)
    {
        if (table.FreezeRatio >= limits.UrgentFreezeRatio)
        {
            return Urgently(CareAction.Freeze, $"{Age(table)}, and the server itself did not come to it");
        }

        var isWorthIt = table.DeadBytes >= limits.MinDeadBytes && table.DeadBytes > 0;
        if (isWorthIt && table.DeadRatio >= limits.UrgentDeadRatio)
        {
            return Urgently(CareAction.Vacuum, $"{Dead(table)}, at least {Part(limits.UrgentDeadRatio)}");
        }

        if (isWorthIt && moment.Disk is { } disk && disk.UsedRatio >= limits.UrgentDiskRatio)
        {
            return Urgently(CareAction.Vacuum, $"the disk is {Part(disk.UsedRatio)} full, and {Dead(table)}");
        }

        if (table.FreezeRatio >= limits.FreezeRatio)
        {
            return AtQuietTime(CareAction.Freeze, Age(table), table, moment, limits);
        }

        if (isWorthIt && table.DeadRatio >= limits.DeadRatio)
        {
            var reason = $"{Dead(table)}, at least {Part(limits.DeadRatio)}";
            return AtQuietTime(CareAction.Vacuum, reason, table, moment, limits);
        }

        return Ahead(table, moment, limits);
    }

    /// <summary>What was of no avail a while ago is so again: old rows are still seen.</summary>
    private static CareDecision AfterVain(
        CareDecision decision,
        TableFacts table,
        CareMoment moment,
        CareLimits limits
    ) =>
        decision.Timing is CareTiming.Now or CareTiming.Urgent
        && table.Vain is { } vain
        && vain.Action == decision.Action
        && vain.Time + limits.VainWait > moment.Now
            ? decision with
            {
                Timing = CareTiming.Later,
                Time = vain.Time + limits.VainWait,
                Reason = $"{decision.Reason}; last at {Instant(vain.Time)}, when {vain.Why}",
            }
            : decision;

    /// <summary>Before it comes to it at a busy hour: what would be due before the next quiet time is done at this
    /// one.</summary>
    private static CareDecision? Ahead(TableFacts table, CareMoment moment, CareLimits limits)
    {
        var forecast = DeadForecast(table, moment.Now, limits);
        var isDueBefore = forecast.Time < moment.NextQuiet && moment.NextQuiet - moment.Now > TimeSpan.FromHours(1);
        return moment.IsQuiet && isDueBefore && table.DeadBytes > 0
            ? AtQuietTime(
                CareAction.Vacuum,
                $"{Dead(table)}, and by {Instant(forecast.Time!.Value)}, before the next quiet time, it will be due",
                table,
                moment,
                limits
            )
            : null;
    }

    private static CareDecision? Rebuild(TableFacts table, IndexFacts index, CareMoment moment, CareLimits limits)
    {
        if (index.Bytes < limits.MinIndexBytes || !(index.AirRatio >= limits.IndexAirRatio))
        {
            return null;
        }

        var why = $"about {Part(index.AirRatio!.Value)} of its {Bytes(index.Bytes)} is air";
        var needed = (long)(index.Bytes * RebuildRoom);
        var refusal = moment.Disk switch
        {
            null => "whether the disk has room for another one is not known (Scheduler:Alerts:DiskPath)",
            { } disk when disk.FreeBytes < needed => $"the disk has {Bytes(disk.FreeBytes)} left, {Bytes(needed)} are "
                + "needed",
            _ => null,
        };
        var decision = refusal is null
            ? AtQuietTime(CareAction.RebuildIndex, why, table, moment, limits)
            : new CareDecision(CareAction.RebuildIndex, CareTiming.Never, $"{why}; {refusal}");
        return decision with { Index = index.Index };
    }

    private static CareDecision? Rewrite(TableFacts table, CareLimits limits)
    {
        var air = (long)(table.HeapBytes * (table.AirRatio ?? 0));
        return table.AirRatio >= limits.RewriteAirRatio && air >= limits.MinRewriteBytes
            ? new(
                CareAction.Rewrite,
                CareTiming.Never,
                $"about {Bytes(air)} of its {Bytes(table.HeapBytes)} of rows are air, which new rows will fill; only "
                    + "VACUUM FULL, which locks everybody out, gives them back to the system"
            )
            : null;
    }

    private static CareDecision Urgently(CareAction action, string reason) => new(action, CareTiming.Urgent, reason);

    private static CareDecision AtQuietTime(
        CareAction action,
        string reason,
        TableFacts table,
        CareMoment moment,
        CareLimits limits
    )
    {
        if (!moment.IsQuiet)
        {
            return new(action, CareTiming.Later, $"{reason}; it waits for a quiet time") { Time = moment.NextQuiet };
        }

        var busy = Math.Max(limits.BusyRowsPerSecond, table.UsualWritesPerSecond ?? 0);
        return table.WritesPerSecond > busy
            ? new(
                action,
                CareTiming.Later,
                $"{reason}; it is written to just now, {Number(table.WritesPerSecond.Value)} rows a second"
            )
            {
                Time = moment.NextQuiet,
            }
            : new(action, CareTiming.Now, reason);
    }

    /// <summary>How many dead bytes are the limit: at which both of its conditions hold.</summary>
    private static double DeadLimit(TableFacts table, CareLimits limits)
    {
        // Of what lives now: dead / (dead + live) is the ratio.
        var live = table.RowBytes - table.DeadBytes;
        return Math.Max(limits.MinDeadBytes, live * limits.DeadRatio / (1 - limits.DeadRatio));
    }

    private static string Quietly(TableFacts table, Crossing forecast) =>
        forecast.State switch
        {
            CrossingState.Expected => $"{Dead(table)}; due about {Instant(forecast.Time!.Value)}",
            CrossingState.Never => $"{Dead(table)}; never due at this rate",
            CrossingState.TooLittleHistory => $"{Dead(table)}; too little is known to say when it is due",
            _ => Dead(table),
        };

    private static string Dead(TableFacts table) =>
        $"{Part(table.DeadRatio)} of it is dead ({Bytes((long)Math.Round(table.DeadBytes))})";

    private static string Age(TableFacts table) =>
        $"its oldest transaction is at {Part(table.FreezeRatio)} of autovacuum_freeze_max_age";

    private static string Part(double ratio) => ratio.ToString("0.#%", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Instant(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm}Z";

    private static string Bytes(long bytes) => $"{Number(bytes)} bytes";
}
