using Dendrite.Errors;
using Dendrite.SchedulerService.Times;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Tests.Times;

public sealed class JobTimesTests
{
    private static readonly DateTimeOffset Anchor = At("2026-11-20T00:00:10Z");

    [Fact]
    public void Intervals_stay_on_their_grid_whenever_they_are_asked()
    {
        var times = Of(new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromMinutes(7)) });
        var all = times.After(Anchor.AddTicks(-1)).Take(50).Select(due => due.Time).ToList();
        Assert.Equal(Anchor, all[0]);
        Assert.Equal(all.Skip(1), times.After(Anchor).Take(49).Select(due => due.Time));
        Assert.Equal(all.Skip(3), times.After(all[2]).Take(47).Select(due => due.Time));
        Assert.Equal(all[3], times.NextAfter(all[3].AddSeconds(-1)));
        // Also before it was made, for a backfill.
        Assert.Equal(Anchor.AddMinutes(-7), times.NextAfter(Anchor.AddMinutes(-8)));
    }

    public static TheoryData<Schedule> EveryDay =>
        [
            new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromHours(1)) },
            new Schedule
            {
                Cron = new() { Expression = "0 2 * * *", TimeZone = "America/New_York" },
            },
            new Schedule
            {
                Cron = new() { Expression = "0 2 * * *", TimeZone = "Asia/Tokyo" },
            },
            new Schedule
            {
                Attempts = new() { Times = { "20:00", "08:00" }, TimeZone = "America/New_York" },
            },
        ];

    [Theory]
    [MemberData(nameof(EveryDay))]
    public void Times_are_found_from_the_first_days_of_the_first_year_on(Schedule schedule)
    {
        var times = Of(schedule);
        foreach (var hours in new[] { 0, 1, 30, 80 })
        {
            var from = DateTimeOffset.MinValue.AddHours(hours);
            var runs = times.RunsIn(from, Anchor, CancellationToken.None).Take(10_001).ToList();
            Assert.Equal(10_001, runs.Count);
            Assert.True(runs[0] >= from && runs.SequenceEqual(runs.Order()), $"{runs[0]:O}");
        }
    }

    [Fact]
    public void Times_of_a_range_are_looked_at_within_it_and_so_many_and_while_somebody_waits()
    {
        // Each Saturday, and none of them a business day.
        var weekly = new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromDays(7)) };
        var never = new JobTimes(weekly, Days("UTC", business: true), At("2026-11-21T00:00:00Z"));
        Assert.Empty(never.RunsIn(Anchor.AddDays(-70), Anchor, CancellationToken.None));

        string[] weeks = [.. Enumerable.Range(0, 14).Select(day => $"2026-11-{day + 1:00}")];
        var secondly = new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) };
        var times = Of(secondly, Days("UTC", business: false, weeks));
        var (start, end) = (At("2026-11-01T00:00:00Z"), At("2026-11-15T00:00:00Z"));
        Assert.Empty(times.RunsIn(start, start.AddDays(2), CancellationToken.None));
        Refused("range", () => _ = times.RunsIn(start, end, CancellationToken.None).Any());
        Assert.Throws<OperationCanceledException>(() => _ = times.RunsIn(start, end, new(canceled: true)).Any());
    }

    [Fact]
    public void The_next_run_of_many_attempts_a_day_is_found_after_weeks_that_are_left_out()
    {
        string[] quarters = [.. Enumerable.Range(0, 96).Select(i => $"{i / 4:00}:{i % 4 * 15:00}")];
        string[] days = [.. Enumerable.Range(0, 60).Select(i => $"{Anchor.AddDays(i):yyyy-MM-dd}")];
        var times = Of(Attempts("UTC", quarters), Days("UTC", business: false, days));
        Assert.Equal(At("2027-01-19T00:00:00Z"), times.NextRunAfter(Anchor));
    }

    [Fact]
    public void A_range_cuts_times_off_and_fixes_the_grid()
    {
        var times = Of(
            new Schedule
            {
                Interval = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
                ActiveRange = new()
                {
                    StartTime = At("2026-12-01T00:30:00Z").ToTimestamp(),
                    EndTime = At("2026-12-01T02:30:00Z").ToTimestamp(),
                },
            }
        );
        Assert.Equal(
            [At("2026-12-01T00:30:00Z"), At("2026-12-01T01:30:00Z")],
            times.After(Anchor).Select(due => due.Time)
        );
        Assert.False(times.Includes(At("2026-12-01T02:30:00Z")));
    }

    [Fact]
    public void Once_is_once()
    {
        var times = Of(new Schedule { Once = At("2026-12-01T00:00:00Z").ToTimestamp() });
        Assert.Equal(At("2026-12-01T00:00:00Z"), times.NextAfter(Anchor));
        Assert.Null(times.NextAfter(At("2026-12-01T00:00:00Z")));
    }

    [Fact]
    public void Attempts_of_an_evening_reach_into_the_next_morning_and_are_of_one_run()
    {
        var times = Of(Attempts("Europe/Berlin", "20:00", "22:00", "08:00"));
        var due = times.After(At("2026-11-21T10:00:00Z")).Take(6).ToList();
        var evening = At("2026-11-21T19:00:00Z");
        Assert.Equal(
            [
                new(evening, evening),
                new(At("2026-11-21T21:00:00Z"), evening),
                new(At("2026-11-22T07:00:00Z"), evening),
                new(evening.AddDays(1), evening.AddDays(1)),
                new(At("2026-11-22T21:00:00Z"), evening.AddDays(1)),
                new(At("2026-11-23T07:00:00Z"), evening.AddDays(1)),
            ],
            due
        );
        // In the middle of the night the last attempt is still to come.
        Assert.Equal(due[2], times.After(At("2026-11-21T23:00:00Z")).First());
    }

    [Theory]
    [InlineData("2026-11-21T19:00:00Z", "2026-11-21T19:00:05Z", "2026-11-21T21:00:00Z")]
    [InlineData("2026-11-21T19:00:00Z", "2026-11-21T21:00:00Z", "2026-11-22T07:00:00Z")]
    [InlineData("2026-11-21T19:00:00Z", "2026-11-22T07:00:00Z", null)]
    [InlineData("2026-11-21T19:00:00Z", "2026-11-25T07:00:00Z", null)]
    public void The_next_attempt_of_a_run_is_its_days_next_time(string run, string now, string? next)
    {
        var times = new AttemptTimes(Attempts("Europe/Berlin", "20:00", "22:00", "08:00").Attempts);
        Assert.Equal(next is null ? null : At(next), times.NextOf(At(run), At(now)));
    }

    [Fact]
    public void Attempts_that_fall_into_the_gap_of_spring_are_one()
    {
        var times = Of(Attempts("Europe/Berlin", "02:10", "02:40", "03:30"));
        Assert.Equal(
            [At("2026-03-29T01:00:00Z"), At("2026-03-29T01:30:00Z"), At("2026-03-30T00:10:00Z")],
            times.After(At("2026-03-28T12:00:00Z")).Take(3).Select(due => due.Time)
        );
    }

    [Fact]
    public void A_calendar_leaves_days_out_by_its_own_zone()
    {
        // 23:30 in Berlin of Thursday is Friday in Tokyo, and its holiday.
        var calendar = Days("Asia/Tokyo", business: true, "2026-11-20");
        var times = Of(Cron("30 22 * * *", "UTC"), calendar);
        var all = times.After(At("2026-11-18T00:00:00Z")).Take(6).ToList();
        Assert.Equal(
            [null, "holiday", "weekend", "weekend", null, null],
            all.Select(due => times.FindReason(due)).Select(Kind)
        );
        Assert.Equal(At("2026-11-22T22:30:00Z"), times.NextRunAfter(At("2026-11-18T23:00:00Z")));

        static string? Kind(string? reason) =>
            reason is null ? null
            : reason.Contains("holiday", StringComparison.Ordinal) ? "holiday"
            : "weekend";
    }

    [Fact]
    public void A_schedule_whose_every_day_is_left_out_has_no_next_run() =>
        Assert.Null(Of(Cron("0 0 * * 6", "UTC"), Days("UTC", business: true)).NextRunAfter(Anchor));

    [Theory]
    [InlineData("UTC")]
    [InlineData("Asia/Tokyo")]
    [InlineData("America/New_York")]
    public void Nothing_runs_after_the_last_day_of_all_where_a_calendar_leaves_it_out(string zone)
    {
        var days = Days(zone, business: false, "9999-12-31");
        var last = At("9999-12-31T12:00:00Z");
        Assert.Null(Of(new Schedule { Once = last.ToTimestamp() }, days).NextRunAfter(Anchor));
        var range = new TimeRange { StartTime = last.ToTimestamp() };
        var hourly = new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromHours(1)), ActiveRange = range };
        Of(hourly, days).NextRunAfter(Anchor);
        Of(hourly, days).NextRunAfter(DateTimeOffset.MaxValue);
    }

    [Fact]
    public void The_days_first_attempt_decides_by_the_calendar_for_all_of_them()
    {
        // Friday's run may try again on Saturday morning; Saturday's and Sunday's are left out, also on Monday morning.
        var times = Of(Attempts("UTC", "20:00", "08:00"), Days("UTC", business: true));
        var weekend = times.After(At("2026-11-20T00:00:00Z")).TakeWhile(due => due.Time < At("2026-11-23T12:00:00Z"));
        Assert.Equal(
            [
                // Thursday's, on Friday morning.
                (At("2026-11-20T08:00:00Z"), true),
                (At("2026-11-20T20:00:00Z"), true),
                (At("2026-11-21T08:00:00Z"), true),
                (At("2026-11-21T20:00:00Z"), false),
                (At("2026-11-22T08:00:00Z"), false),
                (At("2026-11-22T20:00:00Z"), false),
                (At("2026-11-23T08:00:00Z"), false),
            ],
            weekend.Select(due => (due.Time, times.FindReason(due) is null))
        );
        Assert.Equal(At("2026-11-23T20:00:00Z"), times.NextRunAfter(At("2026-11-21T09:00:00Z")));
    }

    [Theory]
    [InlineData("0 2 * *")]
    [InlineData("never")]
    [InlineData("")]
    [InlineData("61 * * * *")]
    [InlineData("* 25 * * *")]
    [InlineData("* * 32 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("0 2 * * * * * *")]
    [InlineData("a b c d e")]
    [InlineData("0 2 * * *\0")]
    [InlineData("-1 2 * * *")]
    [InlineData("99999999999999999999 2 * * *")]
    [InlineData("*/0 * * * *")]
    // Quartz's own signs for "any".
    [InlineData("99 * * * *")]
    [InlineData("* * 98 * *")]
    public void What_is_no_expression_is_refused(string expression) =>
        Refused("job.schedule.cron.expression", () => Of(Cron(expression, "UTC")));

    [Theory]
    [InlineData("Europe/Atlantis")]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/localtime")]
    [InlineData("Europe/Berlin ")]
    [InlineData("CET-1CEST,M3.5.0")]
    public void A_zone_that_does_not_exist_is_refused(string zone) =>
        Refused("job.schedule.cron.time_zone", () => Of(Cron("0 2 * * *", zone)));

    [Theory]
    [InlineData("25:00")]
    [InlineData("24:00")]
    [InlineData("8:00")]
    [InlineData("08:60")]
    [InlineData("08:00:00")]
    [InlineData("")]
    [InlineData("noon")]
    public void What_is_no_time_of_day_is_refused(string time) =>
        Refused("job.schedule.attempts.times[0]", () => Of(Attempts("UTC", time)));

    [Fact]
    public void Lists_of_attempts_are_bounded_and_say_nothing_twice()
    {
        Refused("job.schedule.attempts.times", () => Of(Attempts("UTC")));
        Refused("job.schedule.attempts.times[1]", () => Of(Attempts("UTC", "08:00", "08:00")));
        Refused(
            "job.schedule.attempts.times",
            () => Of(Attempts("UTC", [.. Enumerable.Range(0, 97).Select(i => $"{i % 24:00}:{i / 24:00}")]))
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(0.5)]
    [InlineData(1e10)]
    public void An_interval_has_bounds(double seconds) =>
        Refused(
            "job.schedule.interval",
            () =>
                Of(
                    new Schedule
                    {
                        Interval = new Duration { Seconds = (long)seconds, Nanos = (int)(seconds % 1 * 1e9) },
                    }
                )
        );

    [Fact]
    public void A_day_that_never_comes_is_found_to_have_no_time() =>
        Assert.Null(Of(Cron("0 0 30 2 *", "UTC")).NextAfter(Anchor));

    private static void Refused(string field, Action act) =>
        Assert.Equal(field, Assert.Throws<DendriteException>(act).FieldViolations.Single().Field);

    private static JobTimes Of(Schedule schedule, DayCalendar? calendar = null) => new(schedule, calendar, Anchor);

    private static Schedule Cron(string expression, string zone) =>
        new()
        {
            Cron = new() { Expression = expression, TimeZone = zone },
        };

    private static Schedule Attempts(string zone, params string[] times) =>
        new()
        {
            Attempts = new() { TimeZone = zone, Times = { times } },
        };

    private static DayCalendar Days(string zone, bool business, params string[] holidays) =>
        new(
            "days",
            new Calendar
            {
                TimeZone = zone,
                BusinessDaysOnly = business,
                Holidays = { holidays },
            }
        );

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text);
}
