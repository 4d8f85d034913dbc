using System.Buffers.Binary;
using System.Text.Json;
using Dendrite.Signals.Analysis;
using Dendrite.Signals.Analysis.Testing;

namespace Dendrite.Signals.Tests.Analysis.Scipy;

/// <summary>Channels measured, tested and correlated window by window, against SciPy on the whole of them.</summary>
public sealed class ComparedChannelTests
{
    private static readonly FrequencyBand[] Bands =
    [
        FrequencyBand.Delta,
        FrequencyBand.Theta,
        FrequencyBand.Alpha,
        FrequencyBand.Beta,
        FrequencyBand.Gamma,
    ];

    [Fact]
    public void Made_up_channels_of_different_lengths() =>
        AssertCompared("comparisons", "made_up", MadeUp(1, 20_000, 256), MadeUp(2, 18_000, 256));

    [Fact]
    public void A_channel_and_its_late_inverted_echo()
    {
        double[] one = MadeUp(1, 20_000, 256);
        double[] noise = MadeUp(3, 20_000, 256);
        double[] echo = [.. noise.Select((value, i) => ((i < 37 ? 0 : one[i - 37]) * -0.5) + (value / 8))];

        AssertCompared("comparisons", "delayed", one, echo);
    }

    [Fact]
    public void Windows_that_are_no_power_of_two() =>
        AssertCompared("comparisons", "odd_length", MadeUp(4, 9_000, 100), MadeUp(5, 9_000, 100));

    [Fact]
    public void Two_channels_of_a_real_EEG()
    {
        byte[] raw = File.ReadAllBytes(SharedData.Require("brainvision/test.eeg"));

        AssertCompared("recordings", "brainvision", Int16(raw, 32, 0, 0.5), Int16(raw, 32, 9, 0.5));
    }

    [Fact]
    public void Two_channels_of_real_electrophysiology_at_40_kHz()
    {
        byte[] raw = File.ReadAllBytes(SharedData.Require("ephys/openephys/openephys_ch1-4_int16le.dat"));

        AssertCompared("recordings", "openephys", Int16(raw, 4, 0, 0.05), Int16(raw, 4, 3, 0.05));
    }

    private static void AssertCompared(string list, string name, double[] from, double[] to)
    {
        var expected = ScipyFigures.Named(list, name);
        double rate = expected.GetProperty("rate").GetDouble();
        int size = expected.GetProperty("window").GetInt32();
        var analysed = new AnalysedChannels(size, rate, Bands, 50, [from, to]);

        AssertMeasures(expected.GetProperty("from"), analysed, 0, $"{name}: from");
        AssertMeasures(expected.GetProperty("to"), analysed, 1, $"{name}: to");
        List<double> p = [];
        foreach (var (test, i) in expected.GetProperty("tests").EnumerateArray().Select((test, i) => (test, i)))
        {
            if (test.ValueKind == JsonValueKind.Null)
            {
                Assert.True(double.IsNaN(analysed.Features(0, i)[0]));
                continue;
            }
            TwoSampleTests.AssertTest(test, analysed.Features(0, i), analysed.Features(1, i), $"{name}: feature {i}");
            p.Add(WelchTest.Of(Moments.Of(analysed.Features(0, i)), Moments.Of(analysed.Features(1, i))).P);
        }

        double[] adjusted = ScipyFigures.Numbers(expected.GetProperty("adjusted"));
        Assert.Equal(adjusted.Length, p.Count);
        foreach (var (one, other) in adjusted.Zip(BenjaminiHochberg.Adjust(p)))
        {
            ScipyFigures.AssertClose(one, other, $"{name}: corrected p");
        }
        AssertCommon(expected.GetProperty("common"), analysed, name);
    }

    private static void AssertMeasures(JsonElement expected, AnalysedChannels analysed, int channel, string what)
    {
        var analysis = analysed.Channels[channel];
        double[] density = analysis.Density();
        foreach (
            var (name, actual) in new (string, double)[]
            {
                ("mean", analysis.Moments.Mean),
                ("variance", analysis.Moments.Variance),
                ("root_mean_square", analysis.Moments.RootMeanSquare),
                ("excess_kurtosis", analysis.Moments.ExcessKurtosis),
                ("line_noise_ratio", analysed.Figures.LineNoiseRatio(density)),
                ("peak_frequency_hz", analysed.Figures.PeakFrequency(density)),
            }
        )
        {
            ScipyFigures.AssertClose(ScipyFigures.Number(expected.GetProperty(name)), actual, $"{what}: {name}");
        }
        double[] powers = ScipyFigures.Numbers(expected.GetProperty("band_powers"));
        for (int i = 0; i < Bands.Length; i++)
        {
            ScipyFigures.AssertClose(powers[i], analysed.Figures.PowerIn(Bands[i], density), $"{what}: {Bands[i]}");
        }
    }

    private static void AssertCommon(JsonElement expected, AnalysedChannels analysed, string name)
    {
        if (expected.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        double[] coherences = ScipyFigures.Numbers(expected.GetProperty("coherences"));
        for (int i = 0; i < Bands.Length; i++)
        {
            ScipyFigures.AssertClose(coherences[i], analysed.Pair.Coherence(Bands[i]), $"{name}: {Bands[i]}");
        }
        var peak = analysed.Pair.Peak()!.Value;
        ScipyFigures.AssertClose(
            expected.GetProperty("peak_correlation").GetDouble(),
            peak.Correlation,
            $"{name}: correlation"
        );
        Assert.Equal(expected.GetProperty("peak_lag").GetInt32(), peak.Lag);
    }

    private static double[] MadeUp(int seed, int count, double rate) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    ((((long)i * (7919 + (2 * seed)) % 1009) - 504) / 4.0)
                    + ((20 + (10 * seed)) * Math.Sin((2 * Math.PI * 10 * i / rate) + seed))
                    + (7 * Math.Sin(2 * Math.PI * 50 * i / rate))
                ),
        ];

    private static double[] Int16(byte[] raw, int channels, int channel, double scale) =>
        [
            .. Enumerable
                .Range(0, raw.Length / 2 / channels)
                .Select(i =>
                    BinaryPrimitives.ReadInt16LittleEndian(raw.AsSpan(2 * ((i * channels) + channel))) * scale
                ),
        ];
}
