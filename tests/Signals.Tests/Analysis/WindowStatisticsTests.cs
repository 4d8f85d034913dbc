using Dendrite.Signals.Analysis;

namespace Dendrite.Signals.Tests.Analysis;

/// <summary>
/// Against figures that SciPy 1.10 (<c>scipy.signal.welch</c>) and NumPy 1.24 gave for the same made-up samples.
/// </summary>
public sealed class WindowStatisticsTests
{
    private const double Rate = 256;
    private const double Relative = 1e-9;

    /// <summary>A sawtooth that looks like noise, and a rhythm of 10 Hz.</summary>
    private static readonly double[] Samples =
    [
        .. Enumerable
            .Range(0, 1_000)
            .Select(i => (i * 7919 % 1009) - 504 + (100 * Math.Sin(2 * Math.PI * 10 * i / Rate))),
    ];

    [Fact]
    public void Moments_are_those_of_numpy()
    {
        var statistics = Of(512, Samples);

        Assert.Equal(1_000, statistics.Count);
        AssertClose(0.6897242506654553, statistics.Mean);
        AssertClose(89974.30196994555, statistics.Variance);
        AssertClose(299.8079441701263, statistics.RootMeanSquare);
        AssertClose(259717.96616429673, statistics.LineLength);
    }

    [Theory]
    [InlineData(512, 89.41571837177081, 361.44941285315434, 5103.605662670138, 2855.4725942224845, 70976.06253396839)]
    [InlineData(301, 76.35588309445676, 369.28476077612294, 5261.434203934684, 2888.35101821697, 71040.38084434917)]
    public void Powers_are_those_of_scipy(
        int segment,
        double delta,
        double theta,
        double alpha,
        double beta,
        double gamma
    )
    {
        var statistics = Of(segment, Samples);

        AssertClose(delta, statistics.PowerIn(FrequencyBand.Delta));
        AssertClose(theta, statistics.PowerIn(FrequencyBand.Theta));
        AssertClose(alpha, statistics.PowerIn(FrequencyBand.Alpha));
        AssertClose(beta, statistics.PowerIn(FrequencyBand.Beta));
        AssertClose(gamma, statistics.PowerIn(FrequencyBand.Gamma));
    }

    [Theory]
    [InlineData(512, 0.8519740043007735, 13.280064369717797, 5.29857606710012)]
    [InlineData(301, 11.499598809641892, 179.66159618790908, 8.645791656111939)]
    public void Densities_are_those_of_scipy(int segment, double first, double tenth, double last)
    {
        var spectrum = new WelchSpectrum(segment, Rate);
        spectrum.Add(Samples);
        double[] density = spectrum.Density();

        Assert.Equal((segment / 2) + 1, density.Length);
        AssertClose(first, density[0]);
        AssertClose(tenth, density[10]);
        AssertClose(last, density[^1]);
    }

    [Fact]
    public void How_samples_are_cut_into_pieces_changes_nothing()
    {
        var whole = Of(128, Samples);
        var pieces = new WindowStatistics(128, Rate);
        int[] lengths = [1, 7, 300, 0, 128, 2, 500, 62];
        int from = 0;
        foreach (int length in lengths)
        {
            pieces.Add(Samples.AsSpan(from, length));
            from += length;
        }

        Assert.Equal(Samples.Length, from);
        Assert.Equal(Figures(whole), Figures(pieces));
    }

    [Fact]
    public void What_is_missing_is_left_out_and_nothing_reaches_across_it()
    {
        double[] holed = [.. Samples];
        holed[400] = double.NaN;
        holed[401] = double.PositiveInfinity;
        var byNaN = Of(256, holed);
        var byGap = new WindowStatistics(256, Rate);
        byGap.Add(Samples.AsSpan(0, 400));
        byGap.Break();
        byGap.Add(Samples.AsSpan(402));

        Assert.Equal(998, byNaN.Count);
        Assert.Equal(Figures(byGap), Figures(byNaN));
        double line = 0;
        for (int i = 1; i < Samples.Length; i++)
        {
            line += i is > 399 and < 403 ? 0 : Math.Abs(Samples[i] - Samples[i - 1]);
        }
        AssertClose(line, byNaN.LineLength);
    }

    [Fact]
    public void A_small_signal_on_a_large_offset_keeps_its_variance()
    {
        var statistics = Of(512, [.. Samples.Select(sample => sample + 1e9)]);

        Assert.Equal(89974.30196994555, statistics.Variance, 89974.3 * 1e-6);
    }

    [Fact]
    public void Too_few_samples_give_NaN()
    {
        var none = Of(512, []);
        var one = Of(512, [3]);
        var slow = new WindowStatistics(64, rate: 50);
        slow.Add(Samples);

        Assert.All(Figures(none).Skip(1), figure => Assert.True(double.IsNaN(figure)));
        Assert.Equal([1, 3, double.NaN, 3, 0], Figures(one).Take(5));
        Assert.True(double.IsNaN(Of(512, Samples[..511]).PowerIn(FrequencyBand.Alpha)));
        Assert.True(double.IsNaN(Of(7, Samples).PowerIn(FrequencyBand.Alpha)));
        Assert.False(double.IsNaN(slow.PowerIn(FrequencyBand.Beta)));
        Assert.True(double.IsNaN(slow.PowerIn(FrequencyBand.Gamma)));
    }

    private static WindowStatistics Of(int segment, double[] samples)
    {
        var statistics = new WindowStatistics(segment, Rate);
        statistics.Add(samples);
        return statistics;
    }

    private static double[] Figures(WindowStatistics statistics) =>
        [
            statistics.Count,
            statistics.Mean,
            statistics.Variance,
            statistics.RootMeanSquare,
            statistics.LineLength,
            statistics.PowerIn(FrequencyBand.Delta),
            statistics.PowerIn(FrequencyBand.Gamma),
        ];

    private static void AssertClose(double expected, double actual) =>
        Assert.Equal(expected, actual, Math.Abs(expected) * Relative);
}
