using System.Text.Json;
using Dendrite.Signals.Analysis;
using Dendrite.Signals.Analysis.Testing;

namespace Dendrite.Signals.Tests.Analysis.Scipy;

/// <summary>Tests of two samples, as SciPy and as laws have them.</summary>
public sealed class TwoSampleTests
{
    public static TheoryData<string> Samples =>
        [
            .. ScipyFigures
                .Root.GetProperty("samples")
                .EnumerateArray()
                .Select(one => one.GetProperty("name").GetString()!),
        ];

    /// <summary>As <c>-scipy.stats.t.ppf(p / 2, df)</c>, to the digits that <c>2 * t.sf(t, df)</c> bears out.</summary>
    [Theory]
    [InlineData(0.05, 1, 12.706204736432095)]
    [InlineData(1e-6, 1, 636619.7723675814)]
    [InlineData(1e-6, 2, 999.9992500105391)]
    [InlineData(1e-12, 10, 43.45690451386573)]
    [InlineData(0.5, 2.5, 0.7850136829922989)]
    [InlineData(0.05, 1_000_000, 1.959966356814107)]
    [InlineData(0.999, 7, 0.0012987305550742297)]
    public void Reaches_of_t_are_those_of_scipy(double probability, double freedom, double expected) =>
        Assert.Equal(expected, StudentTail.Reach(probability, freedom), Math.Abs(expected) * 1e-9);

    [Theory]
    [MemberData(nameof(Samples))]
    public void Figures_are_those_of_scipy(string name)
    {
        var sample = ScipyFigures.Named("samples", name);
        double[] from = ScipyFigures.Numbers(sample.GetProperty("from"));
        double[] to = ScipyFigures.Numbers(sample.GetProperty("to"));

        AssertTest(sample.GetProperty("expected"), from, to, name);
    }

    [Fact]
    public void Tails_of_t_are_those_of_scipy_from_one_degree_of_freedom_to_millions()
    {
        foreach (var tail in ScipyFigures.Root.GetProperty("tails").EnumerateArray())
        {
            double t = tail.GetProperty("t").GetDouble();
            double freedom = tail.GetProperty("freedom").GetDouble();
            double p = StudentTail.TwoSided(t, freedom);
            ScipyFigures.AssertClose(tail.GetProperty("p").GetDouble(), p, $"t {t}, {freedom} degrees");
        }
    }

    /// <summary>As the incomplete beta function in 60 digits, and <c>scipy.stats.t.sf</c>.</summary>
    [Theory]
    [InlineData(1.75, 1e5, 0.08012138061739486)]
    [InlineData(1.75, 4e6, 0.08011839039986379)]
    [InlineData(1.75, 1e9, 0.08011831403432308)]
    [InlineData(2.5, 1e9, 0.01241933081040249)]
    [InlineData(8, 1e9, 1.244193428445483e-15)]
    [InlineData(5, 1e15, 5.733031437584845e-07)]
    [InlineData(0.01, 1e9, 0.9920212873727316)]
    [InlineData(30, 25_000, 2.723143629096913e-194)]
    [InlineData(3, 20_000, 0.0027031210381204916)]
    [InlineData(3, 19_999, 0.002703121204431979)]
    public void Tails_of_t_keep_twelve_digits_whatever_the_degrees_of_freedom(
        double t,
        double freedom,
        double expected
    ) => Assert.Equal(expected, StudentTail.TwoSided(t, freedom), expected * 1e-12);

    [Fact]
    public void The_other_way_round_signs_turn_and_p_stays()
    {
        double[] one = [1, 2, 4, 8, 3];
        double[] other = [2.5, 7, 9, 4.5];
        var (t, back) = (
            WelchTest.Of(Moments.Of(one), Moments.Of(other)),
            WelchTest.Of(Moments.Of(other), Moments.Of(one))
        );
        var (g, h) = (
            HedgesG.Of(Moments.Of(one), Moments.Of(other), 0.9),
            HedgesG.Of(Moments.Of(other), Moments.Of(one), 0.9)
        );
        var (u, v) = (MannWhitney.Of(one, other), MannWhitney.Of(other, one));

        Assert.Equal((-t.T, t.P), (back.T, back.P));
        Assert.Equal((-g.G, -g.High, -g.Low), (h.G, h.Low, h.High));
        Assert.Equal((20 - u.U, u.P), (v.U, v.P));
    }

    [Fact]
    public void Too_few_values_and_values_that_do_not_vary_give_NaN_and_never_infinity()
    {
        Assert.Equal(WelchTest.None, WelchTest.Of(Moments.Of([1]), Moments.Of([2])));
        Assert.Equal(WelchTest.None, WelchTest.Of(Moments.None, Moments.Of([2, 3])));
        Assert.Equal(WelchTest.None, WelchTest.Of(Moments.Of([0.1, 0.1, 0.1]), Moments.Of([0.3, 0.3, 0.3])));
        Assert.Equal(HedgesG.None, HedgesG.Of(Moments.Of([0.1, 0.1, 0.1]), Moments.Of([0.3, 0.3]), 0.95));
        Assert.Equal(MannWhitney.None, MannWhitney.Of([], [1]));
        Assert.Equal(new MannWhitney(4.5, 1), MannWhitney.Of([1, 1, 1], [1, 1, 1]));
    }

    [Fact]
    public void An_exact_p_is_the_share_of_orders_that_are_as_extreme()
    {
        double[] from = [3, 7, 11, 2];
        double[] to = [5, 13, 17];
        double u = MannWhitney.Of(from, to).U;
        double[] all = [.. from, .. to];
        var us = Choose(all.Length, to.Length)
            .Select(places =>
            {
                double[] chosen = [.. places.Select(i => all[i])];
                double[] rest = [.. Enumerable.Range(0, all.Length).Except(places).Select(i => all[i])];
                return MannWhitney.Of(rest, chosen).U;
            })
            .ToList();

        double extreme = us.Count(other => Math.Abs(other - 6) >= Math.Abs(u - 6)) / (double)us.Count;

        Assert.Equal(35, us.Count);
        Assert.Equal(extreme, MannWhitney.Of(from, to).P, 1e-15);
    }

    [Fact]
    public void Corrected_p_are_in_the_order_of_p_at_least_as_large_and_tests_that_were_not_made_do_not_count()
    {
        double[] p = [0.01, double.NaN, 0.04, 0.03, 0.9];

        double[] adjusted = BenjaminiHochberg.Adjust(p);

        Assert.Equal([0.04, 0.16 / 3, 0.16 / 3, 0.9], adjusted.Where(value => !double.IsNaN(value)));
        Assert.True(double.IsNaN(adjusted[1]));
        Assert.Empty(BenjaminiHochberg.Adjust([]));
    }

    internal static void AssertTest(JsonElement expected, double[] from, double[] to, string what)
    {
        var (old, current) = (Moments.Of(from), Moments.Of(to));
        var t = WelchTest.Of(old, current);
        var u = MannWhitney.Of(from, to);
        var g = HedgesG.Of(old, current, 0.95);
        foreach (
            var (name, actual) in new (string, double)[]
            {
                ("t", t.T),
                ("degrees_of_freedom", t.DegreesOfFreedom),
                ("t_p", t.P),
                ("u", u.U),
                ("u_p", u.P),
                ("hedges_g", g.G),
                ("hedges_g_low", g.Low),
                ("hedges_g_high", g.High),
            }
        )
        {
            ScipyFigures.AssertClose(expected.GetProperty(name).GetDouble(), actual, $"{what}: {name}");
        }
    }

    private static IEnumerable<int[]> Choose(int count, int chosen) =>
        Enumerable
            .Range(0, 1 << count)
            .Select(bits => Enumerable.Range(0, count).Where(i => (bits >> i & 1) == 1).ToArray())
            .Where(places => places.Length == chosen);
}
