using Dendrite.Errors;
using Dendrite.IngestService.Append;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>Blocks that overtake each other on the way: each sample once, in order, or the call says what is missing.
/// </summary>
public sealed class ReorderTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_block_that_overtook_another_waits_for_it_and_is_acknowledged_behind_it()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(200, 50));
        await gateway.SendAsync(Recording.Block(100, 100));
        await gateway.SendAsync(new V1.AppendRequest { Annotations = Note("meanwhile") });
        await gateway.SendAsync(Recording.Block(0, 100));
        var acks = await gateway.HearUntilAsync(250);

        // What was noted meanwhile may be told first; messages count only from the first on without a hole.
        Assert.All(acks.SkipLast(1), ack => Assert.True(ack.DurableMessages == 0 || ack.ThroughSample > 0));
        Assert.Equal(4, acks[^1].DurableMessages);
        await gateway.CloseAsync();
        await fixture.AssertHoldsAsync(stream, 250);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Any_order_within_the_window_with_repetitions_gives_each_sample_once(int seed)
    {
        const int Blocks = 60;
        var random = new Random(seed);
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        // Each block is late by up to eight places, and some are sent twice.
        var order = Enumerable.Range(0, Blocks).OrderBy(i => i + random.Next(8)).ToList();
        for (var i = 0; i < 10; i++)
        {
            order.Insert(random.Next(order.Count), random.Next(Blocks / 2));
        }

        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        foreach (var block in order)
        {
            await gateway.SendAsync(Piece(block));
        }

        var through = 0L;
        foreach (var ack in await gateway.HearUntilAsync(Blocks * 20))
        {
            Assert.Equal(through, ack.PreviousThroughSample);
            through = ack.ThroughSample;
        }

        Assert.Equal(Blocks * 20, (await gateway.CloseAsync(finish: true)).ThroughSample);
        var (samples, gaps) = await ReadAsync(stream);
        Assert.Equal(Enumerable.Range(0, Blocks).Where(i => i % 7 != 3).Select(i => i * 20L), samples);
        Assert.Equal(Enumerable.Range(0, Blocks).Where(i => i % 7 == 3).Select(i => i * 20L), gaps);
        Assert.All(await fixture.VerifyDataAsync(stream.Split('/')[3]), Assert.Null);
    }

    [Fact]
    public async Task Groups_and_gaps_of_all_groups_wait_for_each_other()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var descriptor = Recording.Descriptor(3);
        descriptor.Channels[2].ChannelGroup = 1;
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream, descriptor);
        using var __ = gateway;
        var (zero, one) = (Recording.Block(0, 10, channels: 2), Recording.Block(0, 10, channels: 1));
        one.ChannelGroup = 1;
        await gateway.SendAsync(zero);
        await gateway.SendAsync(Gap(10, 20));
        await gateway.SendAsync(one);
        Assert.Equal(20, (await gateway.HearUntilAsync(20))[^1].ThroughSample);
        Assert.Equal(20, (await gateway.CloseAsync()).ThroughSample);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hole_that_is_never_filled_is_said_at_the_end_and_nothing_behind_it_is_stored(bool closes)
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        await gateway.SendAsync(Recording.Block(150, 50));
        if (closes)
        {
            await gateway.SendAsync(new V1.AppendRequest { Close = new() { Finish = true } });
        }

        await gateway.HangUpAsync();
        var (code, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal((StatusCode.FailedPrecondition, ErrorReason.BlockOutOfOrder), (code, reason));
        Assert.Contains("sample 100 never came", message, StringComparison.Ordinal);
        await fixture.AssertHoldsAsync(stream, 100);
        var found = await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options);
        Assert.Equal(V1.StreamState.Open, found.Stream.State);
        Assert.Equal((0, 0), Held(fixture.App));
    }

    [Fact]
    public async Task What_overtook_a_block_and_contradicts_it_is_refused()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(100, 50));
        await gateway.SendAsync(Recording.Encoded(100, 50, Recording.Samples(7, 50)));
        await gateway.SendAsync(Recording.Block(0, 100));
        Assert.Equal(ErrorReason.BlockContradiction, (await gateway.HearFailureAsync()).Reason);
        await fixture.AssertHoldsAsync(stream, 150);
    }

    [Fact]
    public async Task A_hole_that_stays_too_long_is_said_without_waiting_for_the_end()
    {
        await using var replica = await StartAsync("Ingest:MaxReorderDelay", "00:00:00.001");
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        using var gateway = await OpenAsync(replica, stream);
        await gateway.SendAsync(Recording.Block(150, 50));
        var (_, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal(ErrorReason.BlockOutOfOrder, reason);
        Assert.Contains("sample 0 never came", message, StringComparison.Ordinal);
        Assert.Equal((0, 0), Held(replica));
    }

    [Fact]
    public async Task What_waits_never_keeps_out_what_it_waits_for()
    {
        await using var replica = await StartAsync("Ingest:MaxSessionBytesInFlight", $"{4 << 20}");
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        using var gateway = await OpenAsync(replica, stream);
        // 200 KB each: five fit beside the room for one of the largest.
        for (var i = 1; i <= 5; i++)
        {
            await gateway.SendAsync(Large(i));
        }

        await gateway.SendAsync(Large(0));
        await gateway.HearUntilAsync(6 * 25_000);
        for (var i = 7; i <= 12; i++)
        {
            await gateway.SendAsync(Large(i));
        }

        var (_, reason, message) = await gateway.HearFailureAsync();
        Assert.Equal(ErrorReason.BlockOutOfOrder, reason);
        Assert.Contains("too much has overtaken", message, StringComparison.Ordinal);
        Assert.Equal((0, 0), Held(replica));
    }

    private static V1.AppendRequest Piece(int block) =>
        block % 7 == 3 ? Gap(block * 20, (block + 1) * 20) : new() { Block = Recording.Block(block * 20, 20) };

    private static V1.AppendRequest Gap(long start, long end) =>
        new()
        {
            Gap = new()
            {
                Range = new() { StartSample = start, EndSample = end },
                Cause = V1.GapCause.DeviceCounterJump,
            },
        };

    private static V1.AppendAnnotations Note(string text) =>
        new() { Annotations = { new V1.Annotation { Text = text } } };

    private static V1.SampleBlock Large(int number) =>
        Recording.Raw(number * 25_000, 25_000, Recording.Samples(number * 25_000, 25_000));

    private Task<WebApplication> StartAsync(string option, string value) =>
        fixture.StartAsync(builder => builder.Configuration[option] = value);

    private static async Task<Gateway> OpenAsync(WebApplication replica, string stream)
    {
        var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var client = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        var gateway = new Gateway(client.Append(IngestFixture.Options));
        await gateway.OpenAsync(stream, Recording.Descriptor());
        return gateway;
    }

    /// <summary>What the replica's budgets hold: nothing, once every call is over.</summary>
    private static (long All, long Overtaking) Held(WebApplication replica)
    {
        var committers = replica.Services.GetRequiredService<Committers>();
        return (committers.ServerBudget.Held, committers.OvertakingBudget.Held);
    }

    private async Task<(List<long> Samples, List<long> Gaps)> ReadAsync(string stream)
    {
        List<long> samples = [];
        List<long> gaps = [];
        foreach (var response in (await fixture.ReadAsync(new() { Stream = stream })).Skip(1))
        {
            if (response.Chunk is { } chunk)
            {
                Assert.Equal(Recording.Samples(chunk.FirstSample, chunk.SampleCount), chunk.Data.ToByteArray());
                samples.Add(chunk.FirstSample);
            }
            else
            {
                gaps.Add(response.Gap.Range.StartSample);
            }
        }

        return (samples, gaps);
    }
}
