using Dendrite.ComparisonService.Tests.Experiments;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Range = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Tests.Quality;

/// <summary>What checks of streams find in recordings whose faults are known.</summary>
public sealed class StreamCheckTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const int Length = 2_000;
    private const long Rate = 200;

    private readonly SignalRecorder recorder = new(lab.Database);

    [Fact]
    public async Task A_gap_is_missing_once_for_all_channels_and_only_beyond_the_bound()
    {
        var bench = await StartAsync("gap", Noise("eeg") with { Gaps = [new Range(500, 700)] });
        var strict = await bench.CreateAsync("strict", new() { MaxMissingRatio = 0.05 });
        var lax = await bench.CreateAsync("lax", new() { MaxMissingRatio = 0.1 });

        var result = await bench.RunAsync(strict, lax);

        Assert.False(result.Passed);
        Assert.Equal([lax.Name, strict.Name], result.Findings.Select(finding => finding.Check));
        var (holds, fails) = (result.Findings[0], result.Findings[1]);
        Assert.Equal((true, "", "", 0.1), (holds.Passed, holds.Resource, holds.Message, holds.Value));
        Assert.Equal((false, "projects/lab/branches/gap-data/streams/eeg"), (fails.Passed, fails.Resource));
        Assert.Equal(("", 0.1), (fails.Channel, fails.Value));
        Assert.Contains("10.00 % of its 2000 samples are missing", fails.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_channel_that_stands_still_is_named_with_its_samples()
    {
        var flat = Samples(1);
        flat.AsSpan(300, 400).Fill(7);
        var bench = await StartAsync("flat", new RecordedSignals("eeg", Rate, ("C3", Samples(2)), ("C4", flat)));
        var check = await bench.CreateAsync("still", new() { MaxFlatDuration = new() { Seconds = 2 } });
        var longer = await bench.CreateAsync(
            "longer",
            new()
            {
                MaxFlatDuration = new() { Seconds = 2, Nanos = 1 },
            }
        );

        var result = await bench.RunAsync(check);

        var finding = Assert.Single(result.Findings);
        Assert.Equal(("C4", 2.0), (finding.Channel, finding.Value));
        Assert.Equal((300, 700), (finding.Range.StartSample, finding.Range.EndSample));
        Assert.True((await bench.RunAsync(longer)).Passed);
    }

    [Fact]
    public async Task Samples_at_the_declared_limits_are_clipped()
    {
        var clipped = Samples(3);
        clipped.AsSpan(0, 100).Fill(600);
        clipped.AsSpan(100, 100).Fill(-600);
        var signals = new RecordedSignals("eeg", Rate, ("C3", clipped), ("C4", Samples(4)));
        var bench = await StartAsync("clip", signals with { DigitalLimits = (-600, 600) });
        var check = await bench.CreateAsync("clipped", new() { MaxClippedRatio = 0.09 });

        var finding = Assert.Single((await bench.RunAsync(check)).Findings);

        Assert.Equal(("C3", 0.1), (finding.Channel, finding.Value));
    }

    [Fact]
    public async Task Hum_of_the_mains_is_found_in_the_channel_that_has_it()
    {
        double[] humming =
        [
            .. Samples(5).Select((value, i) => value + (2_000 * Math.Sin(2 * Math.PI * 50 * i / Rate))),
        ];
        var bench = await StartAsync("hum", new RecordedSignals("eeg", Rate, ("C3", Samples(6)), ("C4", humming)));
        LineNoiseRule rule = new() { FrequencyHz = 50, MaxPowerRatio = 0.5 };
        var at50 = await bench.CreateAsync("at50", new() { LineNoise = rule });
        var at60 = await bench.CreateAsync("at60", new() { LineNoise = new(rule) { FrequencyHz = 60 } });

        var result = await bench.RunAsync(at50, at60);

        Assert.Equal(["C4", ""], result.Findings.Select(finding => finding.Channel));
        Assert.InRange(result.Findings[0].Value, 0.9, 1);
        Assert.InRange(result.Findings[1].Value, 0, 0.1);
        Assert.True(result.Findings[1].Passed);
    }

    [Fact]
    public async Task A_clock_that_runs_fast_breaks_the_rate()
    {
        StreamTimeAnchor[] anchors = [new(0, 0), new(1_000, 4_950_000_000), new(2_000, 9_900_000_000)];
        var bench = await StartAsync("rate", Noise("eeg") with { Anchors = anchors });
        var check = await bench.CreateAsync("rate", new() { MaxRateDeviationRatio = 0.01 });

        var finding = Assert.Single((await bench.RunAsync(check)).Findings);

        Assert.Equal((2_000 / 9.9 / Rate) - 1, finding.Value, 1e-12);
        Assert.Contains("202.020202 Hz", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_filter_leaves_streams_out_and_those_without_samples_or_a_rate_break_nothing()
    {
        var broken = Noise("broken") with { Gaps = [new Range(0, 1_400)] };
        var bench = await StartAsync(
            "some",
            broken,
            Noise("good"),
            new RecordedSignals("none", Rate, ("C3", [])),
            Noise("odd", 0)
        );
        var chosen = await bench.CreateAsync(
            "chosen",
            new() { StreamFilter = "NOT stream_id = broken", MaxMissingRatio = 0 }
        );
        var flat = await bench.CreateAsync("flat", new() { MaxFlatDuration = new Duration { Seconds = 1 } });
        LineNoiseRule rule = new() { FrequencyHz = 50, MaxPowerRatio = 0.9 };
        var noise = await bench.CreateAsync("noise", new() { LineNoise = rule });

        Assert.True((await bench.RunAsync(chosen, flat, noise)).Passed);
    }

    [Fact]
    public async Task The_hum_of_a_stream_too_fast_for_a_spectrum_is_not_measured_and_holds_no_memory()
    {
        var bench = await StartAsync("fast", Noise("radio", 200_000_000));
        LineNoiseRule rule = new() { FrequencyHz = 50, MaxPowerRatio = 0 };
        var check = await bench.CreateAsync("hum", new() { LineNoise = rule });
        var before = GC.GetTotalAllocatedBytes();

        var result = await bench.RunAsync(check);

        Assert.True(result.Passed);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1L << 30);
    }

    [Fact]
    public async Task What_a_channel_mask_hides_is_missing_there_and_nowhere_else_and_is_not_flat()
    {
        var still = Samples(8);
        still.AsSpan(0, 1_000).Fill(1);
        var bench = await StartAsync("mask", new RecordedSignals("eeg", Rate, ("C3", Samples(9)), ("C4", still)));
        var mask = new MaskSamplesRequest
        {
            Stream = "projects/lab/branches/mask-data/streams/eeg",
            Range = new() { StartSample = 0, EndSample = 900 },
            Channels = { "C4" },
            Reason = "loose electrode",
        };
        await lab.Ingest.MaskSamplesAsync(mask, lab.Key);
        var missing = await bench.CreateAsync("missing", new() { MaxMissingRatio = 0.4 });
        var flat = await bench.CreateAsync("flat", new() { MaxFlatDuration = new Duration { Seconds = 1 } });

        var result = await bench.RunAsync(missing, flat);

        Assert.Equal([flat.Name, missing.Name], result.Findings.Select(finding => finding.Check));
        Assert.Equal((true, 0.5), (result.Findings[0].Passed, result.Findings[0].Value));
        Assert.Equal(("C4", 0.45), (result.Findings[1].Channel, result.Findings[1].Value));
    }

    private async Task<QualityBench> StartAsync(string word, params RecordedSignals[] streams)
    {
        var bench = new QualityBench(lab, word);
        await lab.Recorder.ForkAsync(bench.Branch);
        foreach (var stream in streams)
        {
            await recorder.RecordAsync(bench.Branch, stream);
        }

        return bench;
    }

    private static RecordedSignals Noise(string stream, long rate = Rate) =>
        new(stream, rate, ("C3", Samples(10)), ("C4", Samples(11)));

    /// <summary>From -500 to 500, hardly ever two equal ones together.</summary>
    private static double[] Samples(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Length).Select(_ => (double)random.Next(-500, 500))];
    }
}
