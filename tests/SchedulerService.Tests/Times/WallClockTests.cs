using Dendrite.SchedulerService.Times;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Times;

/// <summary>
/// Around the days on which clocks change, against a model that knows nothing of gaps and repetitions: it looks at the
/// wall every minute, and takes the first minute at which the wall shows a time, or has passed it.
/// </summary>
public sealed class WallClockTests
{
    private const int DaysBefore = 2;
    private const int Minutes = 4 * 24 * 60;

    public static TheoryData<string, string> Changes =>
        new()
        {
            { "Europe/Berlin", "2026-03-29" },
            { "Europe/Berlin", "2026-10-25" },
            { "America/New_York", "2026-03-08" },
            { "America/New_York", "2026-11-01" },
            // By half an hour.
            { "Australia/Lord_Howe", "2026-04-05" },
            { "Australia/Lord_Howe", "2026-10-04" },
            // By two hours.
            { "Antarctica/Troll", "2026-03-29" },
            { "Antarctica/Troll", "2026-10-25" },
            // At midnight: the day begins at one.
            { "America/Sao_Paulo", "2018-11-04" },
            { "America/Sao_Paulo", "2019-02-17" },
            { "Asia/Beirut", "2026-03-29" },
            // A whole day was left out when the zone moved across the date line.
            { "Pacific/Apia", "2011-12-30" },
            // The standard offset itself changed, and no daylight saving did.
            { "Europe/Volgograd", "2020-12-27" },
            { "Asia/Kolkata", "2026-06-15" },
        };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_wall_time_is_the_first_instant_at_which_the_wall_shows_or_passes_it(string zone, string day)
    {
        var (info, first) = (TimeZoneInfo.FindSystemTimeZoneById(zone), Start(day));
        var clock = new WallClock(info);
        var model = Model(info, first);
        // Within the middle two days the model sees all that matters.
        var walls = model.Select(minute => minute.Wall).Where(wall => Math.Abs((wall - Noon(day)).TotalHours) < 24);
        var skipped = Enumerable.Range(0, 2 * 24 * 60).Select(minute => Noon(day).AddDays(-1).AddMinutes(minute));
        foreach (var wall in walls.Concat(skipped).Distinct())
        {
            var expected = model.First(minute => minute.Wall >= wall).Instant;
            Assert.True(expected == clock.FirstInstantOf(wall), $"{wall:s} in {zone}: {clock.FirstInstantOf(wall):s}Z");
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Cron_times_are_those_of_the_model_whatever_the_expression(string zone, string day)
    {
        var (info, first) = (TimeZoneInfo.FindSystemTimeZoneById(zone), Start(day));
        var model = Model(info, first);
        var random = new Random(1);
        for (var round = 0; round < 25; round++)
        {
            var (minutes, hours) = (Some(random, 60, 4), Some(random, 24, 1 + random.Next(24)));
            var expression = $"{string.Join(',', minutes)} {string.Join(',', hours)} * * *";
            var times = new CronTimes(new CronTrigger { Expression = expression, TimeZone = zone });
            // Every minute that a calendar has, whether the wall shows it or not.
            var due = Enumerable
                .Range(0, Minutes)
                .Select(minute => model[0].Wall.Date.AddDays(1).AddMinutes(minute))
                .Where(wall => minutes.Contains(wall.Minute) && hours.Contains(wall.Hour))
                .Where(wall => wall < model[^1].Wall.AddDays(-1))
                .Select(wall => model.First(minute => minute.Wall >= wall).Instant)
                .Distinct()
                .ToList();
            var from = due[0].AddTicks(-1);
            Assert.Equal(due, times.After(from).TakeWhile(each => each.Time <= due[^1]).Select(each => each.Time));
            // From anywhere in between it goes on the same way.
            var cut = due[random.Next(due.Count)];
            Assert.Equal(
                due.Where(each => each > cut),
                times.After(cut).TakeWhile(each => each.Time <= due[^1]).Select(each => each.Time)
            );
        }
    }

    [Theory]
    // Skipped in spring: the next that exists. Twice in autumn: the first.
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")]
    [InlineData("30 2 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("*/15 * * * *", "Europe/Berlin", "2026-10-25T00:45:00Z", "2026-10-25T02:00:00Z")]
    [InlineData("0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04T03:00:00Z")]
    [InlineData("0 12 30 12 *", "Pacific/Apia", "2011-12-29T00:00:00Z", "2011-12-30T10:00:00Z")]
    // Plain days, of five fields and of six.
    [InlineData("0 2 * * *", "", "2026-11-21T02:00:00Z", "2026-11-22T02:00:00Z")]
    [InlineData("0 2 * * *", "Europe/Berlin", "2026-11-21T00:00:00Z", "2026-11-21T01:00:00Z")]
    [InlineData("30 0 2 * * ?", "UTC", "2026-11-21T02:00:30Z", "2026-11-22T02:00:30Z")]
    [InlineData("0 0 * * 1", "UTC", "2026-11-21T00:00:00Z", "2026-11-23T00:00:00Z")]
    [InlineData("0 0 29 2 *", "UTC", "2026-11-21T00:00:00Z", "2028-02-29T00:00:00Z")]
    // As crontab has it: one of the two days is enough.
    [InlineData("0 0 13 * 5", "UTC", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z")]
    public void The_next_time_of_an_expression(string expression, string zone, string after, string next) =>
        Assert.Equal(
            DateTimeOffset.Parse(next),
            new CronTimes(new CronTrigger { Expression = expression, TimeZone = zone })
                .After(DateTimeOffset.Parse(after))
                .First()
                .Time
        );

    private static List<int> Some(Random random, int below, int count) =>
        [.. Enumerable.Range(0, below).OrderBy(_ => random.Next()).Take(count).Order()];

    private static DateTimeOffset Start(string day) => DateTimeOffset.Parse($"{day}T00:00:00Z").AddDays(-DaysBefore);

    private static DateTime Noon(string day) => DateTime.Parse(day).AddHours(12);

    private static List<(DateTimeOffset Instant, DateTime Wall)> Model(TimeZoneInfo zone, DateTimeOffset first) =>
        [
            .. Enumerable
                .Range(-24 * 60, Minutes + (3 * 24 * 60))
                .Select(minute => first.AddMinutes(minute))
                .Select(instant => (instant, instant.ToOffset(zone.GetUtcOffset(instant)).DateTime)),
        ];
}
