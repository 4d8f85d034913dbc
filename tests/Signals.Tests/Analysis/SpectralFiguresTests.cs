using Dendrite.Signals.Analysis;

namespace Dendrite.Signals.Tests.Analysis;

public sealed class SpectralFiguresTests
{
    [Theory]
    [InlineData(0.25, 50)]
    [InlineData(0.05, 50)]
    [InlineData(2, 400)]
    public void A_spectrum_without_a_frequency_of_the_mains_says_nothing_of_them(double seconds, double mains)
    {
        double[] hum = Hum(1_000, mains);

        var analysed = new AnalysedChannels(2 * (int)(seconds * 500), 1_000, [], mains, [hum]);

        Assert.False(analysed.Figures.SeesMains);
        Assert.True(double.IsNaN(analysed.Figures.LineNoiseRatio(analysed.Channels[0].Density())));
        Assert.All(analysed.Features(0, 3), ratio => Assert.True(double.IsNaN(ratio)));
    }

    [Theory]
    [InlineData(0.25, 60)]
    [InlineData(0.5, 50)]
    [InlineData(2, 100.5)]
    public void A_spectrum_with_one_frequency_of_the_mains_shows_them(double seconds, double mains)
    {
        double[] hum = Hum(1_000, mains);

        var analysed = new AnalysedChannels(2 * (int)(seconds * 500), 1_000, [], mains, [hum]);

        Assert.True(analysed.Figures.SeesMains);
        Assert.InRange(analysed.Figures.LineNoiseRatio(analysed.Channels[0].Density()), 0.3, 1);
    }

    [Fact]
    public void A_rate_too_low_for_the_mains_does_not_show_them()
    {
        var analysed = new AnalysedChannels(128, 64, [FrequencyBand.Alpha], 50, [Hum(64, 10)]);

        Assert.False(analysed.Figures.SeesMains);
        Assert.True(double.IsNaN(analysed.Figures.LineNoiseRatio(analysed.Channels[0].Density())));
    }

    private static double[] Hum(double rate, double frequency) =>
        [.. Enumerable.Range(0, 8 * (int)rate).Select(i => Math.Sin((2 * Math.PI * frequency * i / rate) + 0.3))];
}
