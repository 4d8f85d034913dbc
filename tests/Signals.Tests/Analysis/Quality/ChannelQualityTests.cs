using Dendrite.Signals.Analysis.Quality;

namespace Dendrite.Signals.Tests.Analysis.Quality;

public sealed class ChannelQualityTests
{
    private static readonly StoredLimits Limits = new(-3, 3);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Whatever_pieces_a_recording_comes_in_its_figures_are_those_of_looking_at_each_stretch(int seed)
    {
        var random = new Random(seed);
        double?[] recording = [.. Enumerable.Range(0, 400).Select(_ => Sample(random))];
        var quality = new ChannelQuality(Limits, null);

        Feed(quality, recording, random);

        Assert.Equal(recording.Count(sample => sample is not null), quality.Count);
        Assert.Equal(recording.Count(sample => sample is <= -3 or >= 3), quality.Clipped);
        Assert.Equal(LongestRun(recording), quality.Flat);
        Assert.Equal(recording.Count(sample => sample is null) / 400.0, quality.MissingRatio(400));
    }

    [Fact]
    public void A_gap_between_equal_samples_ends_the_run()
    {
        var quality = new ChannelQuality(null, null);

        quality.Add(0, [1, 1, 1]);
        quality.Add(4, [1, 1]);
        quality.Add(6, [1, double.NaN, 1, 1]);

        Assert.Equal((0L, 3L), quality.Flat);
    }

    [Fact]
    public void A_channel_without_limits_is_never_clipped_and_one_without_samples_has_no_figures()
    {
        var (free, empty) = (new ChannelQuality(null, null), new ChannelQuality(Limits, null));

        free.Add(0, [double.MaxValue, double.MinValue]);

        Assert.Equal(0, free.ClippedRatio);
        Assert.Equal((0L, 0L), free.Flat);
        Assert.Equal((0d, 0d), (empty.ClippedRatio, empty.MissingRatio(0)));
        Assert.Equal(1, empty.MissingRatio(5));
        Assert.Null(empty.FindDensity());
    }

    [Fact]
    public void Line_noise_is_the_ratio_of_the_powers_that_scipy_gives()
    {
        const double Rate = 256;
        double[] samples =
        [
            .. Enumerable
                .Range(0, 3_000)
                .Select(i =>
                    (i * 7919 % 1009)
                    - 504
                    + (300 * Math.Sin(2 * Math.PI * 50 * i / Rate))
                    + (500 * Math.Sin(2 * Math.PI * 10 * i / Rate))
                ),
        ];
        var noise = new LineNoise(Rate);
        var quality = new ChannelQuality(null, noise.CreateSpectrum());
        for (var start = 0; start < samples.Length; start += 700)
        {
            quality.Add(start, samples.AsSpan(start, Math.Min(700, samples.Length - start)));
        }

        var density = quality.FindDensity()!;

        Assert.Equal(512, noise.SegmentLength);
        Assert.Equal(0.18390615089389012, noise.RatioOf(density, 50), 1e-12);
        Assert.Equal(0.00031535173910156485, noise.RatioOf(density, 60), 1e-12);
    }

    [Theory]
    [InlineData(36.6)]
    [InlineData(0.1)]
    [InlineData(-1e9 / 3)]
    public void What_does_not_vary_has_no_line_noise_whatever_its_sum_rounds_to(double value)
    {
        foreach (var rate in new[] { 250.0, 256, 500, 1000 })
        {
            var noise = new LineNoise(rate);
            var quality = new ChannelQuality(null, noise.CreateSpectrum());
            quality.Add(0, [.. Enumerable.Repeat(value, 4 * noise.SegmentLength)]);

            Assert.Equal(double.NaN, noise.RatioOf(quality.FindDensity()!, 50));
        }
    }

    [Fact]
    public void A_rate_too_low_to_see_the_mains_has_no_line_noise()
    {
        var noise = new LineNoise(80);
        var quality = new ChannelQuality(null, noise.CreateSpectrum());
        quality.Add(0, [.. Enumerable.Range(0, 400).Select(i => (double)(i * 37 % 101))]);

        Assert.Equal(double.NaN, noise.RatioOf(quality.FindDensity()!, 50));
    }

    /// <summary>Few values, so that runs are long and limits are met; some samples are missing.</summary>
    private static double? Sample(Random random) => random.Next(8) == 0 ? null : random.Next(-3, 4) / 2 * 3;

    private static void Feed(ChannelQuality quality, double?[] recording, Random random)
    {
        for (var start = 0; start < recording.Length; )
        {
            var count = Math.Min(random.Next(1, 60), recording.Length - start);
            var piece = recording[start..(start + count)];
            // Where nothing is there no block is either.
            if (Array.Exists(piece, sample => sample is not null))
            {
                quality.Add(start, [.. piece.Select(sample => sample ?? double.NaN)]);
            }

            start += count;
        }
    }

    /// <summary>The first of the longest stretches [i, j) of at least two equal samples, by trying them all.</summary>
    private static (long, long) LongestRun(double?[] recording) =>
        Enumerable
            .Range(0, recording.Length)
            .Select(start =>
                (
                    Start: start,
                    Count: recording[start] is null
                        ? 0
                        : recording.Skip(start).TakeWhile(sample => sample == recording[start]).Count()
                )
            )
            .Where(run => run.Count > 1)
            .OrderByDescending(run => run.Count)
            .ThenBy(run => run.Start)
            .Select(run => ((long)run.Start, (long)run.Count))
            .FirstOrDefault();
}
