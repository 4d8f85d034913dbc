using Dendrite.Signals.Analysis;

namespace Dendrite.Signals.Tests.Analysis;

public sealed class ChannelAnalysisTests
{
    private const int Size = 128;
    private static readonly FrequencyBand[] Alpha = [FrequencyBand.Alpha];

    [Fact]
    public void A_gap_takes_the_windows_and_segments_that_it_touches_and_no_others()
    {
        double[] whole = Wave(10 * Size, 64);
        double[] holed = [.. whole];
        holed.AsSpan((3 * Size) + 5, 10).Fill(double.NaN);

        var analysed = Of(holed);

        var channel = analysed.Channels[0];
        Assert.Equal((10L * Size) - 10, channel.Moments.Count);
        Assert.Equal(10, channel.Missing);
        Assert.Equal(9, analysed.Features(0, 0).Length);
        // 19 segments, less the window's own and the one that begins half a window before it.
        Assert.Equal(17, channel.Segments);
        Assert.Equal(19, Of(whole).Channels[0].Segments);
    }

    [Fact]
    public void NaN_and_infinity_are_missing_samples()
    {
        double[] samples = Wave(4 * Size, 64);
        samples[10] = double.NaN;
        samples[11] = double.PositiveInfinity;
        samples[^1] = double.NegativeInfinity;

        var channel = Of(samples).Channels[0];

        Assert.Equal(3, channel.Missing);
        Assert.Equal((0L, (4L * Size) - 1), (channel.FirstSample, channel.EndSample));
        Assert.True(double.IsFinite(channel.Moments.Variance));
    }

    [Fact]
    public void What_does_not_vary_has_no_power_whatever_its_value()
    {
        double[] flat = [.. Enumerable.Repeat(0.1, 4 * Size)];

        var analysed = Of(flat, Wave(4 * Size, 64));
        double[] density = analysed.Channels[0].Density();

        Assert.Equal((0.1, 0.0), (analysed.Channels[0].Moments.Mean, analysed.Channels[0].Moments.Variance));
        Assert.True(double.IsNaN(analysed.Channels[0].Moments.ExcessKurtosis));
        Assert.Equal(0, analysed.Figures.PowerIn(FrequencyBand.Alpha, density));
        Assert.True(double.IsNaN(analysed.Figures.LineNoiseRatio(density)));
        Assert.True(double.IsNaN(analysed.Figures.PeakFrequency(density)));
        Assert.Null(analysed.Pair.Peak());
        Assert.True(double.IsNaN(analysed.Pair.Coherence(FrequencyBand.Alpha)));
    }

    [Fact]
    public void A_recording_of_no_sample_and_one_shorter_than_a_window_have_no_figures_that_need_a_window()
    {
        foreach (int length in new[] { 0, 1, Size - 1 })
        {
            var analysed = new AnalysedChannels(Size, 64, Alpha, 10, [Wave(length, 64), Wave(Size, 64)]);
            var channel = analysed.Channels[0];

            Assert.Equal((length, 0L, 0L), (channel.Moments.Count, channel.Missing, channel.Segments));
            Assert.True(double.IsNaN(analysed.Figures.PowerIn(FrequencyBand.Alpha, channel.Density())));
            Assert.Empty(analysed.Features(0, 0));
            Assert.Null(analysed.Pair.Peak());
        }
    }

    [Fact]
    public void A_small_signal_on_a_large_offset_keeps_its_digits_through_many_windows()
    {
        double[] wave = Wave(200 * Size, 64);
        double[] lifted = [.. wave.Select(value => value + 1e6)];

        var (low, high) = (Of(wave).Channels[0].Moments, Of(lifted).Channels[0].Moments);

        Assert.Equal(low.Variance, high.Variance, low.Variance * 1e-9);
        Assert.Equal(low.ExcessKurtosis, high.ExcessKurtosis, 1e-8);
    }

    [Fact]
    public void An_offset_that_leaves_a_sum_of_samples_no_digits_takes_none_from_moments_and_spectrum()
    {
        const int Long = 60_000;
        // In steps that samples so large still have.
        var random = new Random(1);
        double[] wave = [.. Enumerable.Range(0, Long).Select(_ => random.Next(-4096, 4096) / 1024.0)];
        double[] lifted = [.. wave.Select(value => value + 1e12 + 3)];
        FrequencyBand[] delta = [FrequencyBand.Delta];

        var low = new AnalysedChannels(Long, 30_000, delta, 50, [wave, wave]);
        var high = new AnalysedChannels(Long, 30_000, delta, 50, [lifted, lifted]);

        var (expected, actual) = (Moments.Of(wave), Moments.Of(lifted));
        Assert.Equal(expected.Squares, actual.Squares, expected.Squares * 1e-9);
        Assert.Equal(expected.Cubes, actual.Cubes, expected.Squares * 1e-3);
        Assert.Equal(expected.ExcessKurtosis, actual.ExcessKurtosis, 1e-4);
        double power = PowerOf(low);
        Assert.Equal(power, PowerOf(high), power * 1e-3);

        double PowerOf(AnalysedChannels of) => of.Figures.PowerIn(delta[0], of.Channels[0].Density());
    }

    [Fact]
    public void A_channel_agrees_with_itself_at_no_lag_and_is_wholly_coherent()
    {
        double[] wave = Wave(10 * Size, 64);

        var pair = Of(wave, wave).Pair;
        var (correlation, lag) = pair.Peak()!.Value;

        Assert.Equal((1, 0), (Math.Round(correlation, 12), lag));
        Assert.Equal(1, pair.Coherence(FrequencyBand.Alpha), 1e-12);
    }

    private static AnalysedChannels Of(params double[][] samples) => new(Size, 64, Alpha, 10, samples);

    private static double[] Wave(int count, double rate) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i => (i * 7919 % 1009 / 100.0) + (30 * Math.Sin(2 * Math.PI * 10 * i / rate))),
        ];
}
