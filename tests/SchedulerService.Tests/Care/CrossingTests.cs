using Dendrite.SchedulerService.Care.Forecasting;

namespace Dendrite.SchedulerService.Tests.Care;

public sealed class CrossingTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly HistoryNeed Need = new(8, TimeSpan.FromDays(1));

    [Fact]
    public void What_grows_by_ten_a_day_fills_a_hundred_in_ten_days_and_the_interval_says_between_when()
    {
        var crossing = Crossing.Of(Grown(10, 5, 20), 0, 100, Now, Need);

        Assert.Equal(CrossingState.Expected, crossing.State);
        Assert.Equal(Now.AddDays(10), crossing.Time);
        Assert.Equal((Now.AddDays(5), Now.AddDays(20)), (crossing.Earliest, crossing.Latest));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(-3, -5, -1)]
    // In ten years and a day.
    [InlineData(0.0272, 0.027, 0.0273)]
    public void What_does_not_grow_or_hardly_never_fills_it(double perDay, double low, double high)
    {
        var crossing = Crossing.Of(Grown(perDay, low, high), 0, 100, Now, Need);

        Assert.Equal(new Crossing(CrossingState.Never), crossing);
    }

    [Fact]
    public void What_may_shrink_or_grow_has_an_earliest_instant_and_no_latest_one()
    {
        var crossing = Crossing.Of(Grown(0, -1, 4), 0, 100, Now, Need);

        Assert.Equal(new Crossing(CrossingState.Never, null, Now.AddDays(25)), crossing);
    }

    [Fact]
    public void What_is_passed_already_is_said_without_any_history()
    {
        Assert.Equal(CrossingState.Passed, Crossing.Of(null, 100, 100, Now, Need).State);
        Assert.Equal(Now, Crossing.Of(null, 101, 100, Now, Need).Time);
    }

    [Fact]
    public void Too_few_readings_or_too_short_a_time_foretell_nothing()
    {
        Assert.Equal(CrossingState.TooLittleHistory, Crossing.Of(null, 0, 100, Now, Need).State);
        var few = Grown(10, 10, 10) with { Count = 7 };
        Assert.Equal(CrossingState.TooLittleHistory, Crossing.Of(few, 0, 100, Now, Need).State);
        var brief = Grown(10, 10, 10) with { First = Now.AddHours(-23) };
        Assert.Equal(CrossingState.TooLittleHistory, Crossing.Of(brief, 0, 100, Now, Need).State);
    }

    [Fact]
    public void Where_nobody_knows_the_limit_nothing_is_foretold() =>
        Assert.Equal(CrossingState.UnknownLimit, Crossing.Of(Grown(10, 10, 10), 0, null, Now, Need).State);

    [Fact]
    public void A_project_alone_fills_what_is_free_by_its_rows_and_all_that_they_bring_along()
    {
        // 10 bytes of rows a day are 20 on the disk; 200 are free.
        var sizes = TheilSenTests.Daily(0, 10, 20, 30, 40, 50, 60, 70, 80);
        var disk = new DiskFacts(1_000, 800);

        var forecast = StorageForecast.OfProject(sizes, 2, disk, Now);

        Assert.Equal((80, Now.AddDays(10)), (forecast.Bytes, forecast.Full.Time));
        Assert.Equal(
            0.25,
            StorageForecast.ShareOf(
                forecast.Trend,
                2,
                new Trend(80, 0, 90)
                {
                    Count = 9,
                    First = Now,
                    Last = Now,
                    Level = 0,
                }
            )
        );
    }

    [Fact]
    public void A_project_that_was_never_measured_has_no_forecast()
    {
        var forecast = StorageForecast.OfProject([], 1, new DiskFacts(1_000, 800), Now);

        Assert.Equal((0.0, CrossingState.TooLittleHistory), (forecast.Bytes, forecast.Full.State));
        Assert.Null(StorageForecast.ShareOf(forecast.Trend, 1, null));
    }

    private static Trend Grown(double perDay, double low, double high) =>
        new(perDay, low, high)
        {
            Count = 8,
            First = Now.AddDays(-7),
            Last = Now,
            Level = 0,
        };
}
