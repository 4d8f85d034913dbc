using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Experiments;

/// <summary>
/// That the figures are SciPy's is tested where they are computed (Signals.Tests); here, that the samples that
/// branches hold reach them, and what is said where there is nothing to compute.
/// </summary>
public sealed class CompareExperimentsTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const int Rate = 128;

    private readonly SignalRecorder recorder = new(lab.Database);

    [Fact]
    public async Task A_stronger_rhythm_is_found_and_what_is_alike_is_not()
    {
        await ForkAsync("calm", "excited");
        await recorder.RecordAsync("calm", new("eeg", Rate, ("C3", Wave(1, 60)), ("C4", Wave(2, 60))));
        await recorder.RecordAsync("excited", new("eeg", Rate, ("C4", Wave(3, 60)), ("C3", Wave(4, 60, alpha: 3))));

        var comparison = await CompareAsync("calm", "excited");

        Assert.Equal(["C3", "C4"], comparison.Channels.Select(channel => channel.Pair.FromChannel));
        var (strong, alike) = (Test(comparison, 0, "power:alpha"), Test(comparison, 1, "power:alpha"));
        Assert.Equal((30, 30), (strong.FromWindows, strong.ToWindows));
        Assert.True(strong.AdjustedTP < 1e-6 && strong.HedgesG > 1 && strong.HedgesGLow > 0, $"{strong}");
        Assert.True(alike.HedgesGLow < 0 && alike.HedgesGHigh > 0, $"{alike}");
        Assert.Equal(9, comparison.Channels[0].Tests.Count);
        Assert.All(
            comparison.Channels.SelectMany(channel => channel.Tests),
            test => Assert.True(test.AdjustedTP >= test.TP)
        );
        Assert.All(comparison.Channels, channel => Assert.Equal(10, channel.To.PeakFrequencyHz));
        Assert.Equal(60, comparison.Channels[0].From.Duration.Seconds);
    }

    [Fact]
    public async Task Every_option_is_filled_in_and_what_was_compared_is_settled_to_versions()
    {
        await ForkAsync("options-a", "options-b");
        await recorder.RecordAsync("options-a", new("eeg", Rate, ("C3", Wave(1, 10))));

        var comparison = await CompareAsync("options-a", "options-b");

        Assert.Equal((ChannelPairing.Label, 2), (comparison.Options.Pairing, comparison.Options.WindowLength.Seconds));
        Assert.Equal((50, 0.95), (comparison.Options.LineFrequencyHz, comparison.Options.Confidence));
        Assert.Equal(["delta", "theta", "alpha", "beta", "gamma"], comparison.Options.Bands.Select(band => band.Band));
        Assert.Equal("projects/lab/branches/options-a", comparison.Comparand.From.Branch);
        Assert.True(comparison.Comparand.From.Point.Version > 0);
        Assert.Equal(32, comparison.Comparand.FromDigest.Length);
    }

    [Fact]
    public async Task The_same_again_is_answered_from_what_is_kept_until_a_branch_moves()
    {
        await ForkAsync("kept-a", "kept-b");
        await recorder.RecordAsync("kept-a", new("eeg", Rate, ("C3", Wave(1, 10))));
        await recorder.RecordAsync("kept-b", new("eeg", Rate, ("C3", Wave(2, 10))));

        var first = await AskAsync(Request("kept-a", "kept-b"));
        var again = await AskAsync(Request("kept-a", "kept-b"));
        var narrower = await AskAsync(Request("kept-a", "kept-b", new() { WindowLength = new() { Seconds = 1 } }));
        await recorder.RecordAsync("kept-b", new("other", Rate, ("C3", Wave(3, 10))));
        var moved = await AskAsync(Request("kept-a", "kept-b"));

        Assert.Equal(first, again);
        Assert.Equal(3, new[] { first.Name, narrower.Name, moved.Name }.Distinct().Count());
        Assert.Single(moved.Response.Unpack<ExperimentComparison>().OnlyTo);
    }

    [Fact]
    public async Task A_branch_compared_with_itself_differs_in_nothing()
    {
        await ForkAsync("itself");
        await recorder.RecordAsync("itself", new("eeg", Rate, ("C3", Wave(1, 20)), ("C4", Wave(2, 20))));

        var comparison = await CompareAsync("itself", "itself");

        foreach (var channel in comparison.Channels)
        {
            Assert.Equal(channel.From, channel.To);
            Assert.All(channel.Tests, test => Assert.Equal((0, 1, 0), (test.T, test.TP, test.HedgesG)));
            Assert.Equal((1, 0), (Math.Round(channel.PeakCorrelation, 12), channel.PeakLagSeconds));
            Assert.All(channel.BandCoherences, coherence => Assert.Equal(1, coherence, 1e-9));
            Assert.Equal(
                "the old side, at 128 Hz, has nothing above 64 Hz of gamma; the new side, at 128 Hz, "
                    + "has nothing above 64 Hz of gamma",
                channel.Remark
            );
        }
    }

    [Fact]
    public async Task What_comes_later_on_the_new_side_is_found_by_its_lag()
    {
        await ForkAsync("early", "late");
        var wave = Noise(7, Rate * 30);
        double[] later = [.. Enumerable.Repeat(0.0, 16), .. wave[..^16].Select(value => -value)];
        await recorder.RecordAsync("early", new("eeg", Rate, ("C3", wave)));
        await recorder.RecordAsync("late", new("eeg", Rate, ("C3", later)));

        var channel = Assert.Single((await CompareAsync("early", "late")).Channels);

        Assert.Equal(16.0 / Rate, channel.PeakLagSeconds);
        Assert.InRange(channel.PeakCorrelation, -1, -0.9);
    }

    [Fact]
    public async Task Without_a_common_clock_there_is_neither_lag_nor_coherence()
    {
        await ForkAsync("monday", "tuesday");
        await recorder.RecordAsync("monday", new("eeg", Rate, ("C3", Wave(1, 10))) { StartSeconds = 1 });
        await recorder.RecordAsync("tuesday", new("eeg", Rate, ("C3", Wave(1, 10))) { StartSeconds = 2 });

        var channel = Assert.Single((await CompareAsync("monday", "tuesday")).Channels);

        Assert.False(channel.HasPeakCorrelation || channel.HasPeakLagSeconds);
        Assert.Empty(channel.BandCoherences);
    }

    [Fact]
    public async Task Gaps_and_NaN_are_missing_samples_and_take_their_windows_only()
    {
        await ForkAsync("holed", "sound");
        var nan = Wave(1, 40);
        nan.AsSpan(1000, 5).Fill(double.NaN);
        var holed = new RecordedSignals("eeg", Rate, ("C3", nan), ("C4", Wave(2, 40))) { Gaps = [new(2000, 2100)] };
        await recorder.RecordAsync("holed", holed);
        await recorder.RecordAsync("sound", new("eeg", Rate, ("C3", Wave(3, 40)), ("C4", Wave(4, 40))));

        var comparison = await CompareAsync("holed", "sound");

        var (one, other) = (comparison.Channels[0], comparison.Channels[1]);
        Assert.Equal(
            (105, 100, 0),
            (one.From.MissingSampleCount, other.From.MissingSampleCount, one.To.MissingSampleCount)
        );
        Assert.Equal((40 * Rate) - 105, one.From.SampleCount);
        // NaN in one window, the gap in two.
        Assert.Equal((17, 18, 20), (one.Tests[0].FromWindows, other.Tests[0].FromWindows, one.Tests[0].ToWindows));
        Assert.All(one.Tests, test => Assert.False(double.IsNaN(test.TP)));
    }

    [Theory]
    [InlineData(0, 1L << 61)]
    [InlineData(Rate, 1_000_000 * 256L)]
    public async Task A_gap_of_years_takes_no_longer_than_one_of_seconds(int rate, long gap)
    {
        var (leapt, whole) = ($"leapt-{rate}", $"whole-{rate}");
        await ForkAsync(leapt, whole);
        var wave = Wave(1, 350);
        await recorder.RecordAsync(leapt, new("eeg", rate, ("C3", wave)) { Leap = (2100, gap) });
        await recorder.RecordAsync(whole, new("eeg", rate, ("C3", wave)));

        var channel = Assert.Single((await CompareAsync(leapt, whole)).Channels);

        Assert.Equal((gap, wave.Length), (channel.From.MissingSampleCount, channel.From.SampleCount));
        Assert.Equal(channel.To.Mean, channel.From.Mean, 1e-9);
        Assert.Equal(channel.To.Variance, channel.From.Variance, 1e-9);
        // The gap begins within a window, and ends at the same place of another; without a rate there are none.
        var windows = rate > 0 ? (174, 175) : (0, 0);
        Assert.All(channel.Tests, test => Assert.Equal(windows, (test.FromWindows, test.ToWindows)));
    }

    [Fact]
    public async Task Empty_branches_and_streams_without_a_common_channel_leave_everything_unpaired()
    {
        await ForkAsync("empty", "apart-a", "apart-b");
        await recorder.RecordAsync("apart-a", new("eeg", Rate, ("C3", Wave(1, 10))));
        await recorder.RecordAsync("apart-b", new("eeg", Rate, ("C4", Wave(1, 10))));

        var nothing = await CompareAsync("empty", "empty");
        var apart = await CompareAsync("apart-a", "apart-b");
        var one = await CompareAsync("empty", "apart-b");

        Assert.Equal((0, 0, 0), (nothing.Channels.Count, nothing.OnlyFrom.Count, nothing.OnlyTo.Count));
        Assert.Empty(apart.Channels);
        Assert.Equal("C3", Assert.Single(apart.OnlyFrom).Channel);
        Assert.Equal("C4", Assert.Single(apart.OnlyTo).Channel);
        Assert.Equal((0, 1), (one.Channels.Count, one.OnlyTo.Count));
    }

    [Theory]
    [InlineData(0, "the old side has no samples")]
    [InlineData(100, "the old side has fewer than two whole windows of 2 s")]
    public async Task Too_little_gives_no_tests_and_says_why(int samples, string remark)
    {
        var (few, many) = ($"few-{samples}", $"many-{samples}");
        await ForkAsync(few, many);
        await recorder.RecordAsync(few, new("eeg", Rate, ("C3", Wave(1, 10)[..samples])));
        await recorder.RecordAsync(many, new("eeg", Rate, ("C3", Wave(2, 10))));

        var channel = Assert.Single((await CompareAsync(few, many)).Channels);

        Assert.StartsWith(remark, channel.Remark, StringComparison.Ordinal);
        Assert.Equal(samples, channel.From.SampleCount);
        Assert.Equal(samples == 0, double.IsNaN(channel.From.Mean));
        Assert.All(channel.Tests, test => Assert.Equal((0, 5), (test.FromWindows, test.ToWindows)));
        Assert.All(channel.Tests, test => Assert.True(double.IsNaN(test.T) && double.IsNaN(test.AdjustedTP)));
        Assert.All(channel.BandCoherences, coherence => Assert.True(double.IsNaN(coherence)));
    }

    [Fact]
    public async Task Different_rates_units_and_a_flat_channel_are_said()
    {
        await ForkAsync("slow", "fast");
        await recorder.RecordAsync("slow", new("eeg", 100, ("C3", [.. Enumerable.Repeat(0.1, 1000)])));
        await recorder.RecordAsync("fast", new("eeg", 256, ("C3", [.. Enumerable.Repeat(0.3, 2560)])) { Unit = "mV" });

        var channel = Assert.Single((await CompareAsync("slow", "fast")).Channels);

        Assert.Equal((100, 256), (channel.From.RateHz, channel.To.RateHz));
        Assert.Equal((5, 5), (channel.Tests[0].FromWindows, channel.Tests[0].ToWindows));
        Assert.Contains("the rates differ, 100 and 256 Hz", channel.Remark, StringComparison.Ordinal);
        Assert.Contains("the units differ, 'uV' and 'mV'", channel.Remark, StringComparison.Ordinal);
        Assert.Contains("the new side does not vary at all", channel.Remark, StringComparison.Ordinal);
        Assert.Contains("no variation to test in mean, root_mean_square", channel.Remark, StringComparison.Ordinal);
        Assert.All(channel.Tests, test => Assert.True(double.IsNaN(test.T) && !double.IsInfinity(test.HedgesG)));
    }

    [Fact]
    public async Task A_stream_without_a_rate_has_moments_and_nothing_else()
    {
        await ForkAsync("events-a", "events-b");
        await recorder.RecordAsync("events-a", new("events", 0, ("value", [1, 2, 3])));
        await recorder.RecordAsync("events-b", new("events", 0, ("value", [2, 3, 7])));

        var channel = Assert.Single((await CompareAsync("events-a", "events-b")).Channels);

        Assert.Equal((2, 4, 7), (channel.From.Mean, channel.To.Mean, channel.To.Variance));
        Assert.True(double.IsNaN(channel.From.PeakFrequencyHz));
        Assert.StartsWith("the old side has no rate", channel.Remark, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channels_are_paired_by_location_across_streams()
    {
        await ForkAsync("montage-a", "montage-b");
        var left = new RecordedSignals("first", Rate, ("E1", Wave(1, 10)), ("E2", Wave(2, 10)), ("Cz", Wave(3, 10)))
        {
            Locations = new Dictionary<string, string> { ["E1"] = "C3", ["E2"] = "P4" },
        };
        var right = new RecordedSignals("second", Rate, ("A1", Wave(4, 10)), ("CZ", Wave(5, 10)), ("X", Wave(6, 10)))
        {
            Locations = new Dictionary<string, string> { ["A1"] = "c3" },
        };
        await recorder.RecordAsync("montage-a", left);
        await recorder.RecordAsync("montage-b", right);

        var comparison = await CompareAsync("montage-a", "montage-b", new() { Pairing = ChannelPairing.Location });

        Assert.Equal(
            [("E1", "A1"), ("Cz", "CZ")],
            comparison.Channels.Select(channel => (channel.Pair.FromChannel, channel.Pair.ToChannel))
        );
        Assert.Equal("E2", Assert.Single(comparison.OnlyFrom).Channel);
        Assert.Equal("X", Assert.Single(comparison.OnlyTo).Channel);
    }

    [Fact]
    public async Task Given_pairs_come_first_and_only_they_where_nothing_else_is_asked_for()
    {
        await ForkAsync("given-a", "given-b");
        await recorder.RecordAsync("given-a", new("eeg", Rate, ("C3", Wave(1, 10)), ("C4", Wave(2, 10))));
        await recorder.RecordAsync("given-b", new("eeg", Rate, ("C3", Wave(3, 10)), ("C4", Wave(4, 10))));
        var crossed = new ChannelPair
        {
            FromStreamId = "eeg",
            FromChannel = "C4",
            ToStreamId = "eeg",
            ToChannel = "C3",
        };

        var only = await CompareAsync(
            "given-a",
            "given-b",
            new() { Pairing = ChannelPairing.Given, Pairs = { crossed } }
        );
        var unknown = await Assert.ThrowsAsync<RpcException>(() =>
            CompareAsync("given-a", "given-b", new() { Pairs = { new ChannelPair(crossed) { ToChannel = "C9" } } })
        );

        Assert.Equal(crossed, Assert.Single(only.Channels).Pair);
        Assert.Equal("C3", Assert.Single(only.OnlyFrom).Channel);
        var error = ErrorStatus.FromRpcException(unknown)!;
        Assert.Equal(ErrorReason.ChannelNotFound, error.Reason);
        Assert.Equal("options.pairs[0].to_channel", Assert.Single(error.FieldViolations).Field);
    }

    [Fact]
    public async Task More_than_an_answer_holds_is_refused_before_it_is_computed()
    {
        await ForkAsync("wide");
        var channels = Enumerable.Range(0, 2_000).Select(i => ($"c{i}", new double[] { 1 })).ToArray();
        await recorder.RecordAsync("wide", new("eeg", Rate, channels));

        var refusal = await Assert.ThrowsAsync<RpcException>(() => CompareAsync("wide", "wide"));

        var error = ErrorStatus.FromRpcException(refusal)!;
        Assert.Equal(ErrorReason.QuotaExceeded, error.Reason);
        Assert.Equal("options.pairs", Assert.Single(error.FieldViolations).Field);
        Assert.Contains("pairing GIVEN", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Remarks_that_name_every_band_count_for_what_an_answer_holds()
    {
        await ForkAsync("remarked");
        double[] flat = [.. Enumerable.Repeat(1.0, 40)];
        var channels = Enumerable.Range(0, 900).Select(i => ($"c{i}", flat)).ToArray();
        await recorder.RecordAsync("remarked", new("eeg", 10, channels));
        var bands = Enumerable.Range(0, 16).Select(i => $"far-beyond-what-any-device-{i:00}-is");
        var options = new ExperimentComparisonOptions();
        options.Bands.AddRange(
            bands.Select(band => new FrequencyBand
            {
                Band = band,
                LowHz = 100,
                HighHz = 200,
            })
        );

        var refusal = await Assert.ThrowsAsync<RpcException>(() => CompareAsync("remarked", "remarked", options));

        Assert.Equal(ErrorReason.QuotaExceeded, ErrorStatus.FromRpcException(refusal)!.Reason);
    }

    private async Task ForkAsync(params string[] branches)
    {
        foreach (var branch in branches)
        {
            await lab.Recorder.ForkAsync(branch);
        }
    }

    private async Task<ExperimentComparison> CompareAsync(
        string from,
        string to,
        ExperimentComparisonOptions? options = null
    )
    {
        var done = await AskAsync(Request(from, to, options));
        Assert.True(done.State == OperationState.Succeeded, $"{done.Error}");
        return done.Response.Unpack<ExperimentComparison>();
    }

    private async Task<Operation> AskAsync(CompareExperimentsRequest request)
    {
        var asked = await lab.Experiments.CompareExperimentsAsync(request, lab.Key);
        var done = await lab.Operations.WaitOperationAsync(new() { Name = asked.Operation.Name }, lab.Key);
        return done.Operation;
    }

    private static CompareExperimentsRequest Request(
        string from,
        string to,
        ExperimentComparisonOptions? options = null
    ) =>
        new()
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = $"projects/lab/branches/{from}" },
                To = new() { Branch = $"projects/lab/branches/{to}" },
            },
            Options = options,
        };

    private static FeatureTest Test(ExperimentComparison comparison, int channel, string feature) =>
        comparison.Channels[channel].Tests.Single(test => test.Feature == feature);

    private static double[] Wave(int seed, int seconds, double alpha = 1) =>
        [
            .. Noise(seed, seconds * Rate)
                .Select((noise, i) => noise + (alpha * 20 * Math.Sin(2 * Math.PI * 10 * i / Rate))),
        ];

    private static double[] Noise(int seed, int count)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 20) - 10)];
    }
}
