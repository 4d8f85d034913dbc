using Dendrite.Errors;
using Dendrite.IngestService.Append;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Append;

/// <summary>Clients that do not do their part: the service keeps its memory, and everybody else's service.</summary>
public sealed class HostileClientTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    [Fact]
    public async Task A_client_that_never_reads_its_acknowledgements_has_everything_stored()
    {
        const int Blocks = 3_000;
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var (gateway, _) = await Gateway.OpenAsync(fixture, stream);
        using var __ = gateway;
        for (var i = 0; i < Blocks; i++)
        {
            await gateway.SendAsync(Recording.Block(i * 4, 4));
        }

        await gateway.HangUpAsync();
        await UntilAsync(async () => (await GetAsync(stream)).EndSample == Blocks * 4);
        Assert.Equal(0, fixture.App.Services.GetRequiredService<Committers>().ServerBudget.Held);
    }

    [Fact]
    public async Task A_client_that_opens_a_thousand_streams_has_them_all_and_leaves_nothing_behind()
    {
        const int Streams = 1_000;
        var branch = await fixture.ForkAsync();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Streams),
            new ParallelOptions { MaxDegreeOfParallelism = 90 },
            async (i, _) =>
            {
                var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch, $"s{i}"));
                using var __ = gateway;
                await gateway.SendAsync(Recording.Block(0, 4));
                Assert.Equal(4, (await gateway.CloseAsync()).ThroughSample);
            }
        );

        Assert.Equal(
            Streams * 4,
            await fixture.CountAsync(
                $"SELECT sum(next_sample) FROM signals.append JOIN branching.branch b USING (timeline_id) WHERE "
                    + $"b.name = '{branch}'"
            )
        );
        Assert.Equal(0, fixture.App.Services.GetRequiredService<Committers>().ServerBudget.Held);
    }

    [Fact]
    public async Task More_calls_than_a_connection_takes_wait_for_their_turn_and_others_are_served_meanwhile()
    {
        var branch = await fixture.ForkAsync();
        using var channel = GrpcChannel.ForAddress(fixture.Address);
        var client = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        var calls = Enumerable.Range(0, 300).Select(_ => client.Append(IngestFixture.Options)).ToList();

        var (gateway, _) = await Gateway.OpenAsync(fixture, IngestFixture.StreamName(branch));
        using var __ = gateway;
        await gateway.SendAsync(Recording.Block(0, 100));
        Assert.Equal(100, (await gateway.CloseAsync()).ThroughSample);
        calls.ForEach(call => call.Dispose());
    }

    [Fact]
    public async Task A_writer_of_which_nothing_is_heard_is_sent_away_and_its_stream_is_free()
    {
        await using var replica = await fixture.StartAsync(builder =>
            builder.Configuration["Ingest:IdleTimeout"] = "00:00:00.200"
        );
        using var channel = GrpcChannel.ForAddress(replica.Urls.Single());
        var client = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        using var gateway = new Gateway(client.Append(IngestFixture.Options));
        var opened = await gateway.OpenAsync(stream, Recording.Descriptor());
        Assert.Equal(TimeSpan.FromMilliseconds(200), opened.IdleTimeout.ToTimeSpan());

        var (code, reason, message) = await gateway.HearFailureAsync();

        Assert.Equal((StatusCode.Unavailable, ErrorReason.Unavailable), (code, reason));
        Assert.Contains("Open again to go on", message, StringComparison.Ordinal);
        using var modest = Gateway.Connect(fixture);
        var open = new V1.AppendOpen { Stream = stream, EpochPolicy = V1.EpochPolicy.IfFree };
        await modest.SendAsync(new V1.AppendRequest { Open = open });
        Assert.NotNull((await modest.HearAsync()).Opened);
    }

    private async Task<V1.SignalStream> GetAsync(string stream) =>
        (await fixture.Query.GetStreamAsync(new() { Name = stream }, IngestFixture.Options)).Stream;

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
        }
    }
}
