using System.Globalization;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Times;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Calendar = Dendrite.V1.Calendar;

namespace Dendrite.SchedulerService.Tests.Times;

/// <summary>What is done about times that have come: misfires and overlaps by table.</summary>
public sealed class DuePlanTests
{
    private static readonly DateTimeOffset Ten = new(2026, 11, 21, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    // Nothing slept: what is due runs, whatever the policy.
    [InlineData(MisfirePolicy.Skip, 9, 10, "10", 0)]
    [InlineData(MisfirePolicy.RunOnce, 9, 10, "10", 0)]
    [InlineData(MisfirePolicy.RunAll, 9, 10, "10", 0)]
    // Four hours were slept through, and ten o'clock is due.
    [InlineData(MisfirePolicy.Skip, 5, 10, "10", 4)]
    [InlineData(MisfirePolicy.RunOnce, 5, 10, "10", 4)]
    [InlineData(MisfirePolicy.RunAll, 5, 10, "6+ 7+ 8+ 9+ 10", 0)]
    // It wakes between two times: nothing is due.
    [InlineData(MisfirePolicy.Skip, 5, 10.5, "", 5)]
    [InlineData(MisfirePolicy.RunOnce, 5, 10.5, "10", 4)]
    [InlineData(MisfirePolicy.RunAll, 5, 10.5, "6+ 7+ 8+ 9+ 10+", 0)]
    // What is beyond the window of six hours is missed.
    [InlineData(MisfirePolicy.RunAll, -1, 10.5, "5+ 6+ 7+ 8+ 9+ 10+", 5)]
    // Nothing came.
    [InlineData(MisfirePolicy.RunAll, 10, 10.5, "", 0)]
    public void Late_times_are_skipped_made_up_for_once_or_all_made_up_for(
        MisfirePolicy misfire,
        double cursor,
        double now,
        string runs,
        long missed
    )
    {
        var plan = DuePlan.Make(Hourly(), Hour(cursor), Hour(now), Policy(misfire));
        Assert.Equal(runs, Shown(plan.Runs));
        Assert.Equal((missed, 0, Hour(now)), (plan.Missed, plan.Skipped, plan.Cursor));
    }

    [Fact]
    public void A_late_run_that_is_still_within_its_grace_is_due() =>
        Assert.Equal(
            "10",
            Shown(DuePlan.Make(Hourly(), Hour(9), Hour(10).AddSeconds(59), Policy(MisfirePolicy.Skip)).Runs)
        );

    [Fact]
    public void Days_of_the_calendar_are_left_out_with_the_reason_and_counted_when_late()
    {
        var calendar = new DayCalendar("rest", new Calendar { Holidays = { "2026-11-21" } });
        var times = new JobTimes(Schedule(), calendar, Ten);
        var due = DuePlan.Make(times, Hour(9), Hour(10), Policy(MisfirePolicy.RunOnce));
        Assert.Contains("holiday", Assert.Single(due.Runs).SkipReason, StringComparison.Ordinal);
        var late = DuePlan.Make(times, Hour(5), Hour(9.5), Policy(MisfirePolicy.RunOnce));
        Assert.Equal((0, 0, 4), (late.Runs.Count, (int)late.Missed, (int)late.Skipped));
    }

    [Theory]
    [InlineData(MisfirePolicy.Skip)]
    [InlineData(MisfirePolicy.RunOnce)]
    [InlineData(MisfirePolicy.RunAll)]
    public void Very_many_late_times_are_taken_in_parts_with_the_same_result(MisfirePolicy misfire)
    {
        var everySecond = new JobTimes(
            new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) },
            calendar: null,
            Ten
        );
        var (cursor, now) = (Ten, Ten.AddSeconds(2.5 * DuePlan.MaxTimes).AddMilliseconds(500));
        var (runs, missed, parts) = (new List<DueRun>(), 0L, 0);
        while (cursor < now)
        {
            var plan = DuePlan.Make(everySecond, cursor, now, Policy(misfire) with { Grace = TimeSpan.Zero });
            Assert.True(plan.Cursor > cursor);
            (cursor, missed, parts) = (plan.Cursor, missed + plan.Missed, parts + 1);
            runs.AddRange(plan.Runs);
        }

        var all = (long)(2.5 * DuePlan.MaxTimes);
        var expected = misfire switch
        {
            MisfirePolicy.Skip => 0,
            MisfirePolicy.RunOnce => 1,
            _ => all,
        };
        Assert.Equal((3, expected, all - expected), (parts, (long)runs.Count, missed));
        Assert.Equal(runs.Count, runs.DistinctBy(run => run.Time).Count());
    }

    [Theory]
    // Every minute from Wednesday on: of the 6,480 the last 2,160 are of a weekend.
    [InlineData(22, 12, 0, "20 23:59")]
    // On Monday the weekend is over: the minute that is due is the run for all of them.
    [InlineData(23, 0, 0, "23 00:00")]
    [InlineData(23, 9, 30, "23 09:30")]
    public void One_run_is_made_for_very_many_late_times_also_where_the_last_of_them_are_left_out(
        int day,
        int hour,
        int minute,
        string run
    )
    {
        var everyMinute = new Schedule { Cron = new() { Expression = "* * * * *" } };
        var times = new JobTimes(everyMinute, new DayCalendar("rest", new Calendar { BusinessDaysOnly = true }), Ten);
        var cursor = new DateTimeOffset(2026, 11, 18, 0, 0, 0, TimeSpan.Zero);
        var now = new DateTimeOffset(2026, 11, day, hour, minute, 0, TimeSpan.Zero);
        var expected = (long)(now - cursor).TotalMinutes;
        var (runs, accounted, parts) = (new List<DueRun>(), 0L, 0);
        while (cursor < now)
        {
            var plan = DuePlan.Make(times, cursor, now, Policy(MisfirePolicy.RunOnce) with { Grace = TimeSpan.Zero });
            (cursor, accounted, parts) = (plan.Cursor, accounted + plan.Missed + plan.Skipped, parts + 1);
            runs.AddRange(plan.Runs);
        }

        Assert.Equal(2, parts);
        var made = Assert.Single(runs, each => each.SkipReason is null);
        Assert.StartsWith(run, made.Time.ToString("dd HH:mm", CultureInfo.InvariantCulture), StringComparison.Ordinal);
        Assert.Equal(expected, accounted + runs.Count);
    }

    [Fact]
    public void A_run_whose_first_attempt_was_slept_through_begins_with_a_later_one()
    {
        var schedule = new Schedule { Attempts = new() { Times = { "08:00", "10:00", "12:00" } } };
        var times = new JobTimes(schedule, null, Ten);
        var plan = DuePlan.Make(times, Hour(7), Hour(10), Policy(MisfirePolicy.Skip));
        Assert.Equal(("8", 0), (Shown(plan.Runs), (int)plan.Missed));
    }

    [Theory]
    [InlineData(OverlapPolicy.Skip, 0, 0, "run skip skip", false)]
    [InlineData(OverlapPolicy.Skip, 1, 0, "skip skip skip", false)]
    [InlineData(OverlapPolicy.Skip, 0, 1, "skip skip skip", false)]
    [InlineData(OverlapPolicy.BufferOne, 0, 0, "run run skip", false)]
    [InlineData(OverlapPolicy.BufferOne, 1, 0, "run skip skip", false)]
    [InlineData(OverlapPolicy.BufferOne, 1, 1, "skip skip skip", false)]
    [InlineData(OverlapPolicy.BufferAll, 1, 5, "run run run", false)]
    [InlineData(OverlapPolicy.CancelOther, 0, 0, "skip skip run", false)]
    [InlineData(OverlapPolicy.CancelOther, 1, 0, "skip skip run", true)]
    [InlineData(OverlapPolicy.Allow, 7, 7, "run run run", false)]
    public void What_is_due_while_others_go_on(
        OverlapPolicy policy,
        long begun,
        long queued,
        string result,
        bool cancels
    )
    {
        DueRun[] runs = [new(Hour(8)), new(Hour(9)), new(Hour(10))];
        var overlap = Overlap.Apply(runs, policy, begun, queued);
        Assert.Equal(result, string.Join(' ', overlap.Runs.Select(run => run.SkipReason is null ? "run" : "skip")));
        Assert.Equal(cancels, overlap.CancelsOthers);
    }

    [Fact]
    public void What_makes_up_for_the_past_waits_for_its_turn_and_makes_none_skip()
    {
        DueRun[] runs = [new(Hour(8)) { MakesUp = true }, new(Hour(9)) { MakesUp = true }, new(Hour(10))];
        Assert.All(Overlap.Apply(runs, OverlapPolicy.Skip, 0, 0).Runs, run => Assert.Null(run.SkipReason));
        Assert.Equal(
            [null, null, "left out"],
            Overlap.Apply(runs, OverlapPolicy.Skip, 1, 0).Runs.Select(run => run.SkipReason is null ? null : "left out")
        );
    }

    [Theory]
    [InlineData(1, 0, 15)]
    [InlineData(1, 0.999999, 30)]
    [InlineData(2, 0.999999, 60)]
    [InlineData(5, 0.999999, 480)]
    [InlineData(8, 0.999999, 3600)]
    [InlineData(100, 0, 1800)]
    public void Waits_double_are_bounded_and_are_spread_over_their_upper_half(
        int attempt,
        double spread,
        double seconds
    ) => Assert.Equal(seconds, RunPolicy.Of(new()).BackoffAfter(attempt, spread).TotalSeconds, 0.1);

    [Theory]
    [InlineData("", OverlapPolicy.Skip, "nightly")]
    [InlineData("", OverlapPolicy.Allow, null)]
    [InlineData("disk", OverlapPolicy.Allow, "disk")]
    [InlineData("other", OverlapPolicy.Skip, "other")]
    [InlineData("projects/lab/jobs/other", OverlapPolicy.Skip, "other")]
    public void A_run_goes_on_under_the_jobs_key_or_its_name(string key, OverlapPolicy overlap, string? expected) =>
        Assert.Equal(expected, RunPolicy.Of(new() { ConcurrencyKey = key, Overlap = overlap }).KeyFor("nightly"));

    private static JobTimes Hourly() => new(Schedule(), calendar: null, Ten);

    private static Schedule Schedule() => new() { Cron = new() { Expression = "0 * * * *" } };

    private static LatePolicy Policy(MisfirePolicy misfire) =>
        new(misfire, TimeSpan.FromHours(6), TimeSpan.FromMinutes(1));

    private static DateTimeOffset Hour(double hour) => Ten.AddHours(hour - Ten.Hour);

    private static string Shown(IEnumerable<DueRun> runs) =>
        string.Join(
            ' ',
            runs.Select(run => $"{run.Time.Hour.ToString(CultureInfo.InvariantCulture)}{(run.MakesUp ? "+" : "")}")
        );
}
