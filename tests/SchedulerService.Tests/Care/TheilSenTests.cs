using Dendrite.SchedulerService.Care.Forecasting;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.SchedulerService.Tests.Care;

public sealed class TheilSenTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>From a fixed seed, so that a failure replays.</summary>
    private static readonly Config Config = Config
        .QuickThrowOnFailure.WithMaxTest(300)
        .WithReplay(new Replay(new Rnd(20_261_121UL, 4_711UL), null));

    private static readonly Arbitrary<int[]> Values = Gen.Choose(-1_000, 1_000)
        .ArrayOf()
        .Where(values => values.Length is >= 2 and <= 40)
        .ToArbitrary();

    [Fact]
    public void A_straight_line_has_its_slope_and_no_doubt()
    {
        var trend = TheilSen.Fit(Daily(10, 12, 14, 16, 18, 20, 22, 24))!;

        Assert.Equal((2, 2, 2), (trend.PerDay, trend.LowPerDay, trend.HighPerDay));
        Assert.Equal(24, trend.Level);
        Assert.Equal((8, Start, Start.AddDays(7)), (trend.Count, trend.First, trend.Last));
    }

    /// <summary>
    /// By hand: of ten readings without ties there are 45 slopes, Kendall's S has the variance 10 * 9 * 25 / 18 = 125,
    /// and 1.96 of its square root is 21.9. So the interval is from slope 11 to slope 35 of the sorted ones.
    /// </summary>
    [Fact]
    public void The_interval_is_that_of_Sen()
    {
        double[] values = [0, 3, 1, 6, 5, 9, 7, 12, 10, 15];
        var slopes = new List<double>();
        for (var i = 0; i < values.Length; i++)
        for (var j = i + 1; j < values.Length; j++)
            slopes.Add((values[j] - values[i]) / (j - i));
        slopes.Sort();

        var trend = TheilSen.Fit(Daily(values))!;

        Assert.Equal(slopes[22], trend.PerDay, 12);
        Assert.Equal(slopes[11 - 1], trend.LowPerDay, 12);
        Assert.Equal(slopes[35 - 1], trend.HighPerDay, 12);
    }

    [Fact]
    public void Wild_readings_do_not_move_it_as_long_as_they_are_few()
    {
        double[] values = [.. Enumerable.Range(0, 20).Select(day => 5.0 * day)];
        foreach (var wild in new[] { 2, 7, 11, 16 })
            values[wild] = 1e12;

        var trend = TheilSen.Fit(Daily(values))!;

        Assert.Equal(5, trend.PerDay, 6);
        // Where least squares would say hundreds of millions.
        Assert.InRange(trend.HighPerDay, 5, 1e3);
    }

    [Fact]
    public void In_95_of_100_cases_the_interval_holds_the_true_slope()
    {
        var random = new Random(1950);
        var held = Enumerable.Range(0, 600).Count(_ => Holds(3, Noisy(random, 3)));

        Assert.InRange(held / 600.0, 0.93, 0.99);

        static bool Holds(double slope, double[] values) =>
            TheilSen.Fit(Daily(values)) is { } trend && trend.LowPerDay <= slope && slope <= trend.HighPerDay;
    }

    [Fact]
    public void Of_one_reading_or_of_several_at_one_instant_there_is_no_slope()
    {
        Assert.Null(TheilSen.Fit([]));
        Assert.Null(TheilSen.Fit([new(Start, 1)]));
        Assert.Null(TheilSen.Fit([new(Start, 1), new(Start, 2), new(Start, 3)]));
    }

    [Fact]
    public void More_readings_than_are_compared_are_thinned_and_the_ends_stay()
    {
        var trend = TheilSen.Fit(Daily([.. Enumerable.Range(0, 5_000).Select(day => 7.0 * day)]))!;

        Assert.Equal((7, TheilSen.MaxReadings), (trend.PerDay, trend.Count));
        Assert.Equal((Start, Start.AddDays(4_999)), (trend.First, trend.Last));
    }

    [Fact]
    public void The_order_of_readings_means_nothing() =>
        Hold(values =>
        {
            var readings = Daily([.. values.Select(value => (double)value)]);
            return TheilSen.Fit(readings) == TheilSen.Fit([.. readings.Reverse()]);
        });

    [Fact]
    public void What_is_added_to_all_readings_changes_no_slope_and_what_they_are_multiplied_by_multiplies_it() =>
        Hold(values =>
        {
            var trend = TheilSen.Fit(Daily([.. values.Select(value => (double)value)]))!;
            var other = TheilSen.Fit(Daily([.. values.Select(value => (value * 4.0) + 1_024)]))!;
            return Near(other.PerDay, 4 * trend.PerDay)
                && Near(other.LowPerDay, 4 * trend.LowPerDay)
                && Near(other.HighPerDay, 4 * trend.HighPerDay)
                && Near(other.Level, (4 * trend.Level) + 1_024);
        });

    [Fact]
    public void Turned_upside_down_the_interval_is_turned_too() =>
        Hold(values =>
        {
            var trend = TheilSen.Fit(Daily([.. values.Select(value => (double)value)]))!;
            var turned = TheilSen.Fit(Daily([.. values.Select(value => -(double)value)]))!;
            return Near(turned.PerDay, -trend.PerDay)
                && Near(turned.LowPerDay, -trend.HighPerDay)
                && trend.LowPerDay <= trend.PerDay
                && trend.PerDay <= trend.HighPerDay;
        });

    internal static Reading[] Daily(params double[] values) =>
        [.. values.Select((value, day) => new Reading(Start.AddDays(day), value))];

    private static void Hold(Func<int[], bool> law) => Prop.ForAll(Values, law).Check(Config);

    private static bool Near(double a, double b) => Math.Abs(a - b) <= 1e-9 * Math.Max(1, Math.Abs(b));

    /// <summary>Thirty days of a line with noise that has no tails: the sum of four dice.</summary>
    private static double[] Noisy(Random random, double slope) =>
        [
            .. Enumerable
                .Range(0, 30)
                .Select(day => (slope * day) + (20 * Enumerable.Range(0, 4).Sum(_ => random.NextDouble()))),
        ];
}
