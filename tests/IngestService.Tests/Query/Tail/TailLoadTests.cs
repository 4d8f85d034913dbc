using Google.Protobuf.WellKnownTypes;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>Many at once: writers, readers, slow ones and fast ones.</summary>
public sealed class TailLoadTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private const int Blocks = 40;

    [Fact]
    public async Task While_ten_writers_append_every_reader_gets_every_sample_of_its_stream_once_in_order()
    {
        var branch = await fixture.ForkAsync();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => FollowWriterAsync(branch, number)));
    }

    [Fact]
    public async Task Readers_that_come_while_the_stream_grows_catch_up_without_losing_or_doubling_a_sample()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        List<Task> readers = [];
        for (var block = 0; block < Blocks; block++)
        {
            await gateway.SendAsync(Recording.Block(block * 50, 50));
            if (block % 4 == 0)
            {
                readers.Add(ReadAllAsync(stream));
            }
        }

        await gateway.CloseAsync(finish: true);
        await Task.WhenAll(readers);
    }

    [Fact]
    public async Task Writers_that_take_a_stream_over_from_each_other_make_one_stream_of_samples()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (first, _) = await Gateway.OpenAsync(fixture, stream);
        using var reader = await TailClient.OpenAsync(fixture, stream);
        first.Dispose();
        for (var turn = 0; turn < 10; turn++)
        {
            var (gateway, opened) = await Gateway.OpenAsync(fixture, stream);
            using var _ = gateway;
            await gateway.SendAsync(Recording.Block(opened.NextSample, 20));
            await gateway.HearUntilAsync(opened.NextSample + 20);
        }

        await reader.HearUntilAsync(200);
    }

    [Theory]
    [InlineData(8 << 20)]
    [InlineData(0)]
    public async Task A_reader_that_is_too_slow_is_moved_forward_and_told_and_the_others_get_everything(long shared)
    {
        // Both what is shared among readers and what each reads for itself.
        var time = new ShiftedTime();
        await using var replica = await fixture.StartAsync(builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(time);
            builder.Configuration["Ingest:Tail:MaxSharedBytes"] = $"{shared}";
        });
        using var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var query = new V1.QueryService.QueryServiceClient(channel.CreateCallInvoker());
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        using var slow = await TailClient.OpenAsync(fixture, stream, Ask, query);
        var fast = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => TailClient.OpenAsync(fixture, stream, Ask, query))
        );

        // Far more than what lies between a service and a client that does not read.
        const int Count = 50_000;
        for (var block = 0; block < 8; block++)
        {
            await AppendAsync(block);
        }

        time.Shift(TimeSpan.FromSeconds(6));
        await AppendAsync(8);
        await slow.HearUntilAsync(9 * Count);
        var skipped = Assert.Single(slow.Others).Skipped;
        Assert.Equal(9 * Count, skipped.EndSample);
        await AppendAsync(9);
        await slow.HearUntilAsync(10 * Count);
        Assert.Single(slow.Others);
        Assert.All(fast, reader => Assert.Empty(reader.Others));
        Array.ForEach(fast, reader => reader.Dispose());
        await replica.StopAsync(TestContext.Current.CancellationToken);

        void Ask(V1.TailRequest ask) => ask.MaxLag = Duration.FromTimeSpan(TimeSpan.FromSeconds(5));

        async Task AppendAsync(int block)
        {
            await gateway.SendAsync(Recording.Block(block * Count, Count));
            foreach (var reader in fast)
            {
                await reader.HearUntilAsync((block + 1) * Count);
            }
        }
    }

    private async Task FollowWriterAsync(string branch, int number)
    {
        var stream = IngestFixture.StreamName(branch, $"s{number}");
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        var readers = new[]
        {
            await TailClient.OpenAsync(fixture, stream),
            await TailClient.OpenAsync(fixture, stream),
        };
        var next = 0L;
        for (var block = 0; block < Blocks; block++)
        {
            var count = 1 + ((block * 7) + number) % 40;
            await gateway.SendAsync(Recording.Block(next, count));
            next += count;
        }

        foreach (var reader in readers)
        {
            await reader.HearUntilAsync(next);
            Assert.Empty(reader.Others);
            reader.Dispose();
        }
    }

    private async Task ReadAllAsync(string stream)
    {
        using var reader = await TailClient.OpenAsync(fixture, stream, ask => ask.StartSample = 0);
        while (await reader.HearAsync() is not null) { }
        Assert.Equal(Blocks * 50, reader.Next);
        Assert.Equal(V1.TailResponse.MessageOneofCase.Finished, Assert.Single(reader.Others).MessageCase);
    }
}
