using Dendrite.SchedulerService.Care.Forecasting;

namespace Dendrite.SchedulerService.Tests.Care;

public sealed class QuietTimesTests
{
    private const double Busy = 50e6;
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");
    private static readonly QuietNeed Need = new(new HashSet<int> { 1, 2, 3, 4 }, 65_536);

    // A Monday, in winter: Berlin is an hour ahead.
    private static readonly DateTimeOffset Monday = new(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Hours_in_which_usually_little_is_written_are_quiet_by_the_clock_on_the_wall()
    {
        // Measured from 08:00 to 20:00 in Berlin; one night somebody recorded.
        var rates = Days(14, (day, hour) => hour is >= 8 and < 20 || (day == 3 && hour == 2) ? Busy : 1_000);
        var quiet = QuietTimes.Of(rates, Berlin, Need);

        Assert.True(quiet.IsLearned);
        Assert.False(quiet.IsQuietAt(Monday.AddDays(20).AddHours(7), 0));
        Assert.True(quiet.IsQuietAt(Monday.AddDays(20).AddHours(1), 0));
        Assert.Equal(Monday.AddDays(20).AddHours(19), quiet.NextAfter(Monday.AddDays(20).AddHours(12.5)));
    }

    [Fact]
    public void A_quiet_hour_in_which_much_is_written_just_now_is_not_quiet()
    {
        var quiet = QuietTimes.Of(Days(14, (_, hour) => hour is >= 8 and < 20 ? Busy : 0), Berlin, Need);
        var night = Monday.AddDays(20).AddHours(1);

        Assert.True(quiet.IsQuietAt(night, null));
        Assert.False(quiet.IsQuietAt(night, Busy));
    }

    [Fact]
    public void Before_enough_days_are_known_the_configured_hours_are_quiet_if_nothing_is_written()
    {
        var quiet = QuietTimes.Of(Days(2, (_, _) => 0), Berlin, Need);

        Assert.False(quiet.IsLearned);
        Assert.True(quiet.IsQuietAt(Monday.AddHours(0.5), null));
        Assert.True(quiet.IsQuietAt(Monday.AddHours(0.5), 60_000));
        Assert.False(quiet.IsQuietAt(Monday.AddHours(0.5), 1e6));
        Assert.False(quiet.IsQuietAt(Monday.AddHours(12), 0));
        Assert.Equal(Monday.AddDays(1), quiet.NextAfter(Monday.AddHours(12)));
    }

    [Fact]
    public void Where_every_hour_is_alike_each_is_as_good_as_another()
    {
        var quiet = QuietTimes.Of(Days(14, (_, _) => Busy), Berlin, Need);

        Assert.True(quiet.IsQuietAt(Monday.AddDays(20).AddHours(12), Busy));
        Assert.False(quiet.IsQuietAt(Monday.AddDays(20).AddHours(12), 2 * Busy));
    }

    [Fact]
    public void Without_any_quiet_hour_there_is_no_next_one()
    {
        var quiet = QuietTimes.Of([], Berlin, new(new HashSet<int>(), 0));

        Assert.Null(quiet.NextAfter(Monday));
        Assert.False(quiet.IsQuietAt(Monday, 0));
    }

    [Fact]
    public void Over_both_changes_of_the_clock_the_next_quiet_hour_is_later_than_now_and_at_most_a_day_away()
    {
        foreach (var hour in Enumerable.Range(0, 24))
        {
            var quiet = QuietTimes.Of([], Berlin, new(new HashSet<int> { hour }, 0));
            // Days around 2026-03-29 and 2026-10-25.
            foreach (var day in new[] { new DateTime(2026, 3, 28), new DateTime(2026, 10, 24) })
            {
                var begin = new DateTimeOffset(day, TimeSpan.Zero);
                for (var now = begin; now < begin.AddDays(3); now += TimeSpan.FromMinutes(30))
                {
                    var next = quiet.NextAfter(now)!.Value;
                    Assert.InRange(next - now, TimeSpan.FromTicks(1), TimeSpan.FromHours(25));
                    // In spring 02:00 is never: then it is the hour that comes in its place.
                    var shown = TimeZoneInfo.ConvertTime(next, Berlin);
                    Assert.True(shown.Hour == hour || (hour == 2 && shown.Hour == 3 && shown.Month == 3));
                }
            }
        }
    }

    /// <summary>A reading each half hour, by the hour on the wall in Berlin.</summary>
    private static IEnumerable<Reading> Days(int days, Func<int, int, double> rate)
    {
        var first = Monday.AddHours(-1);
        return Enumerable
            .Range(0, days * 48)
            .Select(half => new Reading(first.AddMinutes((half * 30) + 7), rate(half / 48, half / 2 % 24)));
    }
}
