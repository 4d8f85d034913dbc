using Dendrite.SchedulerService.Care.Forecasting;

namespace Dendrite.SchedulerService.Tests.Care;

public sealed class CareRuleTests
{
    private const long Gib = 1L << 30;
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CareLimits Limits = new();

    private static readonly CareMoment Quiet = new(Now) { IsQuiet = true, NextQuiet = Now.AddHours(12) };
    private static readonly CareMoment ByDay = new(Now) { IsQuiet = false, NextQuiet = Now.AddHours(8) };

    private static readonly TableFacts Tight = new("signals.block")
    {
        HeapBytes = Gib,
        ToastBytes = 9 * Gib,
        IndexBytes = Gib,
        LiveRows = 1_000_000,
        DeadRows = 0,
        ToastLiveRows = 5_000_000,
    };

    private static readonly (string What, TableFacts Table, CareMoment Moment, string Decided)[] All =
    [
        ("nothing dead", Tight, Quiet, "None Never"),
        // A ninth of the heap is a tiny part of the whole.
        ("dead rows, few bytes", Tight with { DeadRows = 125_000 }, Quiet, "None Never"),
        ("dead samples, quiet", Tight with { ToastDeadRows = 1_000_000 }, Quiet, "Vacuum Now"),
        ("dead samples, by day", Tight with { ToastDeadRows = 1_000_000 }, ByDay, "Vacuum Later"),
        ("half is dead, by day", Tight with { ToastDeadRows = 9_000_000 }, ByDay, "Vacuum Urgent"),
        (
            "small table, half dead",
            Tight with
            {
                HeapBytes = 1 << 20,
                ToastBytes = 0,
                DeadRows = 1_000_000,
            },
            Quiet,
            "None Never"
        ),
        (
            "written to just now",
            Tight with
            {
                ToastDeadRows = 1_000_000,
                WritesPerSecond = 5_000,
            },
            Quiet,
            "Vacuum Later"
        ),
        (
            "written to as always",
            Tight with
            {
                ToastDeadRows = 1_000_000,
                WritesPerSecond = 5_000,
                UsualWritesPerSecond = 5_000,
            },
            Quiet,
            "Vacuum Now"
        ),
        (
            "written to, half dead",
            Tight with
            {
                ToastDeadRows = 9_000_000,
                WritesPerSecond = 5_000,
            },
            Quiet,
            "Vacuum Urgent"
        ),
        ("old, quiet", Tight with { FreezeRatio = 0.8 }, Quiet, "Freeze Now"),
        ("old, by day", Tight with { FreezeRatio = 0.9 }, ByDay, "Freeze Later"),
        ("very old, by day", Tight with { FreezeRatio = 1.3 }, ByDay, "Freeze Urgent"),
        ("very old, written to", Tight with { FreezeRatio = 1.3, WritesPerSecond = 1e6 }, ByDay, "Freeze Urgent"),
        ("dead, disk full", Tight with { ToastDeadRows = 100_000 }, Full(0.96), "Vacuum Urgent"),
        ("dead, disk nearly full", Tight with { ToastDeadRows = 100_000 }, Full(0.94), "None Never"),
        ("nothing dead, disk full", Tight, Full(0.99), "None Never"),
        // A GiB more and it is due; the next quiet time is in half a day.
        ("will be due after the next quiet time", Growing(1.5 * Gib), Quiet, "None Never"),
        ("will be due before the next quiet time", Growing(4 * Gib), Quiet, "Vacuum Now"),
        ("likewise, but it is not quiet", Growing(4 * Gib), ByDay, "None Never"),
        ("index of air, room", Tight with { Indexes = [Index(0.5)] }, Room(Quiet, 3 * Gib), "RebuildIndex Now"),
        ("index of air, by day", Tight with { Indexes = [Index(0.5)] }, Room(ByDay, 3 * Gib), "RebuildIndex Later"),
        ("index of air, no room", Tight with { Indexes = [Index(0.5)] }, Room(Quiet, Gib), "RebuildIndex Never"),
        ("index of air, unknown disk", Tight with { Indexes = [Index(0.5)] }, Quiet, "RebuildIndex Never"),
        ("tight index", Tight with { Indexes = [Index(0.3)] }, Room(Quiet, 3 * Gib), "None Never"),
        ("unknown index", Tight with { Indexes = [Index(null)] }, Room(Quiet, 3 * Gib), "None Never"),
        ("heap of air", Tight with { HeapBytes = 4 * Gib, AirRatio = 0.6 }, Quiet, "Rewrite Never"),
        (
            "all at once",
            Tight with
            {
                FreezeRatio = 0.9,
                Indexes = [Index(0.5)],
                HeapBytes = 4 * Gib,
                AirRatio = 0.6,
            },
            Room(Quiet, 3 * Gib),
            "Freeze Now, RebuildIndex Now, Rewrite Never"
        ),
    ];

    public static TheoryData<string> Cases => [.. All.Select(each => each.What)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void It_is_decided(string what)
    {
        var (_, table, moment, decided) = Assert.Single(All, each => each.What == what);
        var decisions = CareRule.Decide(table, moment, Limits);

        Assert.Equal(decided, string.Join(", ", decisions.Select(each => $"{each.Action} {each.Timing}")));
        Assert.All(decisions, each => Assert.True(each.Reason.Length > 0, what));
        Assert.All(
            decisions.Where(each => each.Timing is CareTiming.Later),
            each => Assert.Equal(moment.NextQuiet, each.Time)
        );
    }

    [Fact]
    public void The_reason_has_the_figures()
    {
        var decision = Assert.Single(CareRule.Decide(Tight with { ToastDeadRows = 1_000_000 }, ByDay, Limits));

        Assert.Equal(
            "15% of it is dead (1,610,612,736 bytes), at least 10%; it waits for a quiet time",
            decision.Reason
        );
    }

    [Fact]
    public void Dead_rows_that_grow_are_due_when_both_conditions_hold()
    {
        // 0.117 GiB are dead. A tenth would be 1.1 GiB, but nothing is done for less than 16.
        var forecast = CareRule.DeadForecast(Growing(3 * Gib), Now, new CareLimits { MinDeadBytes = 16 * Gib });

        Assert.Equal(CrossingState.Expected, forecast.State);
        Assert.InRange((forecast.Time!.Value - Now).TotalDays, 5.29, 5.3);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(1_000, 0, 0)]
    [InlineData(750, 250, 0.25)]
    [InlineData(0, 10, 1)]
    public void The_dead_part_is_that_of_the_rows(long live, long dead, double part) =>
        Assert.Equal(part, BloatEstimate.DeadRatio(live, dead));

    [Fact]
    public void Air_is_what_a_row_needs_more_than_it_ever_needed()
    {
        RelationSize[] history = [new(9_000_000, 10_000), new(1_000_000, 10_000), new(5_000_000, 500)];

        Assert.Equal(0.75, BloatEstimate.AirRatio(new(4_000_000, 10_000), history));
        // Tighter than ever, and of too few rows to say.
        Assert.Equal(0, BloatEstimate.AirRatio(new(900_000, 10_000), history));
        Assert.Null(BloatEstimate.AirRatio(new(4_000_000, 999), history));
        Assert.Null(BloatEstimate.AirRatio(new(4_000_000, 10_000), []));
        Assert.Null(BloatEstimate.AirRatio(new(0, 0), history));
    }

    private static IndexFacts Index(double? air) => new("signals.block_pkey", Gib, air);

    private static CareMoment Full(double used) => ByDay with { Disk = new DiskFacts(1_000, (long)(used * 1_000)) };

    private static CareMoment Room(CareMoment moment, long free) =>
        moment with
        {
            Disk = new DiskFacts(100 * Gib, (100 * Gib) - free),
        };

    /// <summary>Of 10 GiB some 1 % is dead, and so much more each day.</summary>
    private static TableFacts Growing(double perDay) =>
        Tight with
        {
            ToastDeadRows = 60_000,
            DeadRows = 10_000,
            DeadTrend = new(perDay, perDay, perDay)
            {
                Count = 10,
                First = Now.AddDays(-1),
                Last = Now,
                Level = 0,
            },
        };
}
