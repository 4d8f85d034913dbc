using System.Buffers.Binary;
using Dendrite.Fixtures.BadInput;
using Dendrite.Signals.Blocks;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.IngestService.Tests.Query;

/// <summary>Overviews against what the samples themselves say.</summary>
public sealed class OverviewTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const double Scale = 0.5;
    private const double Offset = 1;

    /// <summary>Samples of each block: the edges of buckets never fall on all of theirs.</summary>
    private static readonly int[] Blocks = [100, 37, 250, 13, 600];

    private static int Length => Blocks.Sum();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(100)]
    [InlineData(999)]
    [InlineData(10_000)]
    public async Task Exact_buckets_say_what_their_samples_say(int buckets)
    {
        var (header, channels) = await ReadAsync(
            new()
            {
                Stream = await StreamAsync(),
                BucketCount = buckets,
                Exact = true,
            }
        );

        Assert.Equal(Math.Min(buckets, Length), header.BucketEnds.Count);
        Assert.Equal(Length, header.BucketEnds[^1]);
        for (var channel = 0; channel < Recording.Channels; channel++)
        {
            AssertSays(header, channels[channel], channel);
        }
    }

    [Fact]
    public async Task A_window_of_whole_blocks_is_drawn_from_summaries_alone()
    {
        var (header, channels) = await ReadAsync(
            new()
            {
                Stream = await StreamAsync(),
                BucketCount = 1,
                Samples = new() { StartSample = 100, EndSample = 387 },
            }
        );

        Assert.Equal(0, header.DecodedBlocks);
        AssertSays(header, channels[2], 2);
    }

    [Fact]
    public async Task Coarse_buckets_decode_nothing_and_count_each_sample_of_the_blocks_once()
    {
        var name = await StreamAsync(Enumerable.Repeat(10, 100));
        var (header, channels) = await ReadAsync(new() { Stream = name, BucketCount = 7 });

        Assert.Equal(0, header.DecodedBlocks);
        Assert.All(channels, channel => Assert.Equal(1_000, channel.Counts.Sum()));
        Assert.All(channels[0].Counts, count => Assert.InRange(count, 130, 150));
    }

    [Fact]
    public async Task Buckets_shorter_than_blocks_are_drawn_from_the_samples()
    {
        var request = new V1.ReadOverviewRequest
        {
            Stream = await StreamAsync(),
            BucketCount = 50,
            Samples = new() { StartSample = 420, EndSample = 520 },
            Channels = { "c3", "c1" },
        };
        var (header, channels) = await ReadAsync(request);

        Assert.Equal(1, header.DecodedBlocks);
        Assert.Equal(["c3", "c1"], channels.Select(channel => channel.Channel));
        AssertSays(header, channels[0], 3);
        AssertSays(header, channels[1], 1);
    }

    [Fact]
    public async Task Where_samples_are_missing_the_figures_are_NaN_and_the_count_is_zero()
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, name);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        var gap = new V1.Gap
        {
            Range = new() { StartSample = 100, EndSample = 200 },
            Cause = V1.GapCause.Declared,
        };
        await gateway.SendAsync(new V1.AppendRequest { Gap = gap });
        await gateway.SendAsync(Recording.Block(200, 100));
        await gateway.CloseAsync();

        var (_, channels) = await ReadAsync(new() { Stream = name, BucketCount = 3 });

        Assert.Equal([100, 0, 100], channels[0].Counts);
        Assert.True(double.IsNaN(channels[0].Minimums[1]));
        Assert.True(double.IsNaN(channels[0].Maximums[1]));
        Assert.True(double.IsNaN(channels[0].Means[1]));
    }

    [Fact]
    public async Task An_inverted_channel_has_its_least_value_where_the_stored_one_is_greatest()
    {
        var descriptor = Recording.Descriptor();
        descriptor.Channels[0].Scale = -2;
        var (_, channels) = await ReadAsync(new() { Stream = await StreamAsync(Blocks, descriptor), BucketCount = 1 });

        var stored = Enumerable.Range(0, Length).Select(i => (int)Recording.SampleOf(0, i)).ToArray();
        Assert.Equal((-2 * stored.Max()) + Offset, channels[0].Minimums[0]);
        Assert.Equal((-2 * stored.Min()) + Offset, channels[0].Maximums[0]);
    }

    [Fact]
    public async Task Floats_that_are_no_numbers_are_left_out()
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, name, Recording.Descriptor(1, V1.SampleType.Float64));
        using var __ = gateway;
        double[] samples = [1, double.NaN, 3, double.PositiveInfinity, double.NegativeInfinity, 8];
        var bytes = new byte[samples.Length * sizeof(double)];
        for (var i = 0; i < samples.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * sizeof(double)), samples[i]);
        }

        await gateway.SendAsync(Recording.Encoded(0, samples.Length, bytes, 1, SampleType.Float64));
        await gateway.CloseAsync();

        var (_, channels) = await ReadAsync(new() { Stream = name, BucketCount = 1 });

        Assert.Equal([3], channels[0].Counts);
        Assert.Equal([(1 * Scale) + Offset], channels[0].Minimums);
        Assert.Equal([(8 * Scale) + Offset], channels[0].Maximums);
        Assert.Equal([(4 * Scale) + Offset], channels[0].Means);
    }

    [Fact]
    public async Task A_stream_without_samples_has_no_buckets()
    {
        var (header, channels) = await ReadAsync(new() { Stream = await StreamAsync([]), BucketCount = 800 });

        Assert.Empty(header.BucketEnds);
        Assert.Equal(Recording.Channels, channels.Count);
        Assert.All(channels, channel => Assert.Empty(channel.Counts));
    }

    public static TheoryData<Refusal, Action<V1.ReadOverviewRequest>> BadOverviews =>
        new()
        {
            { Invalid("stream"), read => read.Stream = "eeg" },
            { Of(StatusCode.NotFound), read => read.Stream += "-gone" },
            { Of(StatusCode.PermissionDenied), read => read.Stream = read.Stream.Replace("/lab/", "/other/") },
            { Invalid("bucket_count"), read => read.BucketCount = 0 },
            { Invalid("bucket_count"), read => read.BucketCount = -1 },
            { Invalid("bucket_count"), read => read.BucketCount = 10_001 },
            { new(StatusCode.NotFound, "channels[0]", null), read => read.Channels.Add("'; --") },
            {
                new(StatusCode.OutOfRange, "samples", null),
                read => read.Samples = new() { StartSample = 5, EndSample = 4 }
            },
            { Invalid("time.start_time"), read => read.Time = new() { StartTime = new() { Nanos = -1 } } },
            { Invalid("at.version"), read => read.At = new() { Version = 0 } },
        };

    [Theory]
    [MemberData(nameof(BadOverviews))]
    [BadInputOf("ReadOverview")]
    public async Task A_bad_overview_is_refused(Refusal refusal, Action<V1.ReadOverviewRequest> spoil)
    {
        var request = new V1.ReadOverviewRequest { Stream = await StreamAsync(), BucketCount = 1 };
        spoil(request);
        Assert.Equal(refusal, await Refusal.OfAsync(() => ReadAsync(request), fixture.CountAllAsync));
    }

    [Fact]
    public async Task As_many_buckets_as_there_may_be_of_a_hundred_and_one_channels_are_too_many()
    {
        var name = await StreamAsync([], Recording.Descriptor(101));
        var request = new V1.ReadOverviewRequest { Stream = name, BucketCount = 10_000 };
        Assert.Equal(Invalid("bucket_count"), await Refusal.OfAsync(() => ReadAsync(request), fixture.CountAllAsync));
    }

    private static void AssertSays(V1.OverviewHeader header, V1.ChannelOverview overview, int channel)
    {
        var start = header.Range.StartSample;
        for (var bucket = 0; bucket < header.BucketEnds.Count; bucket++)
        {
            var end = header.BucketEnds[bucket];
            var values = new List<double>();
            for (var sample = start; sample < end; sample++)
            {
                values.Add((Recording.SampleOf(channel, sample) * Scale) + Offset);
            }

            Assert.Equal(values.Count, overview.Counts[bucket]);
            Assert.Equal(values.Min(), overview.Minimums[bucket]);
            Assert.Equal(values.Max(), overview.Maximums[bucket]);
            Assert.Equal(values.Average(), overview.Means[bucket], 1e-9);
            start = end;
        }
    }

    private Task<string> StreamAsync() => StreamAsync(Blocks);

    private async Task<string> StreamAsync(IEnumerable<int> blocks, V1.SignalStream? descriptor = null)
    {
        var name = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, name, descriptor);
        using var __ = gateway;
        var first = 0L;
        foreach (var count in blocks)
        {
            await gateway.SendAsync(Recording.Block(first, count));
            first += count;
        }

        await gateway.CloseAsync();
        return name;
    }

    private async Task<(V1.OverviewHeader Header, List<V1.ChannelOverview> Channels)> ReadAsync(
        V1.ReadOverviewRequest request
    )
    {
        using var call = fixture.Query.ReadOverview(request, IngestFixture.Options);
        List<V1.ReadOverviewResponse> responses = [];
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            responses.Add(call.ResponseStream.Current);
        }

        return (responses[0].Header, [.. responses.Skip(1).Select(response => response.Channel)]);
    }
}
