using Dendrite.Fixtures.BadInput;
using Dendrite.Signals.Analysis;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Statistics of windows against those of the samples that lie in them.</summary>
public sealed class StatisticsTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int Rate = 256;

    /// <summary>Cut so that windows never end where blocks do.</summary>
    private static readonly int[] Blocks = [100, 37, 1_250, 13, 600];

    private static int Length => Blocks.Sum();

    [Fact]
    public async Task Without_a_window_length_one_window_holds_all_of_the_range()
    {
        var answers = await ReadAsync(new() { Stream = await StreamAsync() });

        Assert.Equal(["c0", "c1", "c2", "c3"], answers.Select(answer => answer.Channel));
        Assert.All(answers, answer => Assert.Equal(new V1.SampleRange { EndSample = Length }, answer.Window));
        Assert.Equal(Expected(2, 0, Length, 2 * Rate), answers[2].Values);
    }

    [Theory]
    [InlineData(1.0, 1.0)]
    [InlineData(0.5, 0.125)]
    [InlineData(3.0, 0.75)]
    [InlineData(0.1, 0.3)]
    public async Task Windows_follow_each_other_by_the_step_and_hold_their_samples(double length, double step)
    {
        var request = new V1.ReadStatisticsRequest
        {
            Stream = await StreamAsync(),
            Channels = { "c3", "c0" },
            WindowLength = Duration.FromTimeSpan(TimeSpan.FromSeconds(length)),
            WindowStep = Duration.FromTimeSpan(TimeSpan.FromSeconds(step)),
        };
        var answers = await ReadAsync(request);

        var (samples, apart) = ((int)Math.Round(length * Rate), (int)Math.Round(step * Rate));
        Assert.Equal((((Length - samples) / apart) + 1) * 2, answers.Count);
        for (var i = 0; i < answers.Count; i++)
        {
            var start = i / 2 * apart;
            var channel = i % 2 == 0 ? 3 : 0;
            Assert.Equal($"c{channel}", answers[i].Channel);
            Assert.Equal(start, answers[i].Window.StartSample);
            Assert.Equal(samples, answers[i].SampleCount);
            Assert.Equal(Expected(channel, start, samples, Math.Min(samples, 2 * Rate)), answers[i].Values);
        }
    }

    [Fact]
    public async Task Only_the_figures_asked_for_come_in_the_order_asked()
    {
        var request = new V1.ReadStatisticsRequest
        {
            Stream = await StreamAsync(),
            Channels = { "c1" },
            Statistics = { V1.SignalStatistic.AlphaPower, V1.SignalStatistic.Mean },
        };
        var answer = Assert.Single(await ReadAsync(request));

        var all = Expected(1, 0, Length, 2 * Rate);
        Assert.Equal([all[6], all[0]], answer.Values);
    }

    [Fact]
    public async Task Windows_over_a_gap_count_what_is_there_and_those_within_it_nothing()
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, name);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 150));
        var gap = new V1.Gap
        {
            Range = new() { StartSample = 150, EndSample = 450 },
            Cause = V1.GapCause.Paused,
        };
        await gateway.SendAsync(new V1.AppendRequest { Gap = gap });
        await gateway.SendAsync(Recording.Block(450, 150));
        await gateway.CloseAsync();
        var second = new Duration { Nanos = 390_625_000 };

        var answers = await ReadAsync(
            new()
            {
                Stream = name,
                Channels = { "c0" },
                WindowLength = second,
            }
        );

        Assert.Equal([100, 50, 0, 0, 50, 100], answers.Select(answer => answer.SampleCount));
        Assert.All(answers[2].Values, value => Assert.True(double.IsNaN(value)));
    }

    [Fact]
    public async Task A_range_shorter_than_a_window_has_none()
    {
        var request = new V1.ReadStatisticsRequest
        {
            Stream = await StreamAsync(),
            Samples = new() { StartSample = 10, EndSample = 20 },
            WindowLength = new() { Seconds = 1 },
        };
        Assert.Empty(await ReadAsync(request));
    }

    [Fact]
    public async Task A_stream_without_samples_has_no_windows()
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, name);
        using var __ = gateway;
        await gateway.CloseAsync();

        Assert.Empty(await ReadAsync(new() { Stream = name }));
    }

    public static TheoryData<Refusal, Action<V1.ReadStatisticsRequest>> BadReads =>
        new()
        {
            { Invalid("stream"), read => read.Stream = "eeg" },
            { Of(StatusCode.NotFound), read => read.Stream += "-gone" },
            { Of(StatusCode.PermissionDenied), read => read.Stream = read.Stream.Replace("/lab/", "/other/") },
            { Invalid("at.version"), read => read.At = new() { Version = 0 } },
            { new(StatusCode.NotFound, "channels[0]", null), read => read.Channels.Add("'; --") },
            {
                new(StatusCode.OutOfRange, "samples", null),
                read => read.Samples = new() { StartSample = 5, EndSample = 4 }
            },
            { Invalid("window_length"), read => read.WindowLength = new() },
            { Invalid("window_length"), read => read.WindowLength = new() { Seconds = -1 } },
            { Invalid("window_length"), read => read.WindowLength = new() { Nanos = 1_000 } },
            { Invalid("window_length"), read => read.WindowLength = new() { Seconds = long.MaxValue } },
            { Invalid("window_step"), read => read.WindowStep = new() { Seconds = long.MinValue } },
            {
                Invalid("window_step"),
                read =>
                {
                    read.WindowLength = new() { Seconds = 100 };
                    read.WindowStep = new() { Nanos = 500_000_000 };
                }
            },
            { Invalid("statistics[1]"), read => read.Statistics.Add([V1.SignalStatistic.Mean, 0]) },
            { Invalid("statistics[0]"), read => read.Statistics.Add((V1.SignalStatistic)99) },
            { Invalid("statistics"), read => read.Statistics.AddRange(Enumerable.Repeat(V1.SignalStatistic.Mean, 10)) },
        };

    [Theory]
    [MemberData(nameof(BadReads))]
    [BadInputOf("ReadStatistics")]
    public async Task A_bad_read_is_refused(Refusal refusal, Action<V1.ReadStatisticsRequest> spoil)
    {
        var request = new V1.ReadStatisticsRequest { Stream = await StreamAsync() };
        spoil(request);
        Assert.Equal(refusal, await Refusal.OfAsync(() => ReadAsync(request), fixture.CountAllAsync));
    }

    [Fact]
    public async Task A_hundred_windows_at_once_of_two_seconds_of_a_thousand_channels_are_too_much()
    {
        var request = new V1.ReadStatisticsRequest
        {
            Stream = IngestFixture.StreamName(await fixture.ForkAsync()),
            WindowLength = new() { Seconds = 10 },
            WindowStep = new() { Nanos = 100_000_000 },
        };
        var (gateway, _) = await Gateway.OpenAsync(fixture, request.Stream, Recording.Descriptor(1_000));
        using var __ = gateway;
        await gateway.CloseAsync();
        Assert.Equal(Invalid("channels"), await Refusal.OfAsync(() => ReadAsync(request), fixture.CountAllAsync));
    }

    private static double[] Expected(int channel, int start, int count, int segment)
    {
        var statistics = new WindowStatistics(segment, Rate);
        statistics.Add(
            Enumerable.Range(start, count).Select(sample => (Recording.SampleOf(channel, sample) * 0.5) + 1).ToArray()
        );
        return
        [
            statistics.Mean,
            statistics.Variance,
            statistics.RootMeanSquare,
            statistics.LineLength,
            statistics.PowerIn(FrequencyBand.Delta),
            statistics.PowerIn(FrequencyBand.Theta),
            statistics.PowerIn(FrequencyBand.Alpha),
            statistics.PowerIn(FrequencyBand.Beta),
            statistics.PowerIn(FrequencyBand.Gamma),
        ];
    }

    private async Task<string> StreamAsync()
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, name);
        using var __ = gateway;
        var first = 0L;
        foreach (var count in Blocks)
        {
            await gateway.SendAsync(Recording.Block(first, count));
            first += count;
        }

        await gateway.CloseAsync();
        return name;
    }

    private async Task<List<V1.ReadStatisticsResponse>> ReadAsync(V1.ReadStatisticsRequest request)
    {
        using var call = fixture.Query.ReadStatistics(request, IngestFixture.Options);
        List<V1.ReadStatisticsResponse> responses = [];
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            responses.Add(call.ResponseStream.Current);
        }

        return responses;
    }
}
