using Dendrite.Reports.Document;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Reports.Tests;

/// <summary>Channels for <see cref="SampleDocuments"/>: plausible, and made of seeds.</summary>
internal static class SampleChannels
{
    public static readonly (string Name, double Low, double High)[] Bands =
    [
        ("delta", 0.5, 4),
        ("theta", 4, 8),
        ("alpha", 8, 13),
        ("beta", 13, 30),
        ("gamma", 30, 45),
    ];

    public static ChannelTrace Nothing { get; } =
        new(
            "uV",
            Waveform.Empty,
            Spectrum.Empty,
            [.. Bands.Select(_ => new BandEstimate(double.NaN, double.NaN, double.NaN, 0))]
        );

    /// <summary>A pair whose alpha has this effect, and all else next to none.</summary>
    public static ChannelComparison Compare(string label, double effect, Random random)
    {
        var channel = new ChannelComparison
        {
            Pair = new()
            {
                FromStreamId = "eeg",
                FromChannel = label,
                ToStreamId = "eeg",
                ToChannel = label,
            },
            From = Measures(random, 1),
            To = Measures(random, 1 + (effect / 2)),
        };
        foreach (var feature in Bands.Select(band => $"power:{band.Name}").Append("root_mean_square"))
        {
            var g = (feature == "power:alpha" ? effect : 0) + (random.NextDouble() * 0.3) - 0.15;
            channel.Tests.Add(Test(feature, g));
        }

        return channel;
    }

    public static FeatureTest Test(string feature, double g)
    {
        var p = Math.Exp(-8 * Math.Abs(g));
        return new()
        {
            Feature = feature,
            FromWindows = 60,
            ToWindows = 62,
            T = g * 5.5,
            DegreesOfFreedom = 118.4,
            TP = p,
            U = 1860 + (g * 500),
            UP = p * 1.3,
            HedgesG = g,
            HedgesGLow = g - 0.36,
            HedgesGHigh = g + 0.36,
            AdjustedTP = Math.Min(1, p * 3),
        };
    }

    public static ChannelPlot Plot(ChannelPair pair, double alpha) => new(pair, Trace(1, 1), Trace(alpha, 2));

    /// <summary>Takes every figure from a pair.</summary>
    public static void Blank(ChannelComparison channel)
    {
        channel.Remark = "the new side has no samples";
        channel.To = new()
        {
            Mean = double.NaN,
            Variance = double.NaN,
            RootMeanSquare = double.NaN,
            ExcessKurtosis = double.NaN,
            LineNoiseRatio = double.NaN,
            PeakFrequencyHz = double.NaN,
            BandPowers = { Bands.Select(_ => double.NaN) },
        };
        foreach (var test in channel.Tests)
        {
            test.ToWindows = 0;
        }

        Flatten(channel);
    }

    /// <summary>Takes every test from a pair, as of two sides that do not vary.</summary>
    public static void Flatten(ChannelComparison channel)
    {
        foreach (var test in channel.Tests)
        {
            test.T = test.TP = test.U = test.UP = test.AdjustedTP = double.NaN;
            test.HedgesG = test.HedgesGLow = test.HedgesGHigh = test.DegreesOfFreedom = double.NaN;
        }
    }

    public static StreamDifference ChangedStream()
    {
        var stream = new StreamDifference
        {
            StreamId = "eeg",
            Side = DiffSide.Changed,
            From = new() { SampleCount = 30_720, ChannelCount = 8 },
            To = new() { SampleCount = 31_744, ChannelCount = 8 },
        };
        stream.Ranges.Add(
            new RangeDifference
            {
                Range = new() { StartSample = 0, EndSample = 31_744 },
                Side = DiffSide.Changed,
            }
        );
        return stream;
    }

    private static ChannelMeasures Measures(Random random, double scale) =>
        new()
        {
            SampleCount = 30_720,
            RateHz = 256,
            Duration = Duration.FromTimeSpan(TimeSpan.FromSeconds(120)),
            Mean = random.NextDouble() - 0.5,
            Variance = 220 * scale,
            RootMeanSquare = Math.Sqrt(220 * scale),
            ExcessKurtosis = random.NextDouble(),
            LineNoiseRatio = 0.012,
            PeakFrequencyHz = 10.25,
            BandPowers = { 120, 40, 45 * scale, 12, 3 },
        };

    private static ChannelTrace Trace(double alpha, int seed)
    {
        var random = new Random(seed);
        double[] middle = [.. Enumerable.Range(0, 290).Select(i => Math.Sin(i * 0.2) * 20)];
        double[] half = [.. middle.Select(_ => 20 + (random.NextDouble() * 25 * alpha))];
        double[] hertz = [.. Enumerable.Range(1, 180).Select(i => 0.5 * Math.Pow(256, i / 180.0))];
        return new(
            "uV",
            new(120 / 290.0, [.. middle.Zip(half, (m, h) => m - h)], [.. middle.Zip(half, (m, h) => m + h)]),
            new(hertz, [.. hertz.Select(f => Density(f, alpha, random))]),
            [.. new[] { 120, 40, 45 * alpha, 12, 3 }.Select(p => new BandEstimate(p, p * 0.88, p * 1.12, 60))]
        );
    }

    private static double Density(double hertz, double alpha, Random random) =>
        ((40 / Math.Pow(hertz, 1.3)) + (6 * alpha * Math.Exp(-Math.Pow((hertz - 10) / 1.4, 2))))
        * (0.8 + (random.NextDouble() * 0.4));
}
