using Dendrite.Access;
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

    [Fact]
    public async Task A_call_that_ends_by_a_defect_holds_nothing_and_its_stream_is_free()
    {
        var stream = IngestFixture.StreamName(await fixture.ForkAsync());
        var parts = fixture.App.Services.GetRequiredService<AppendParts>();
        var caller = new Caller("tests", "tests", fixture.ProjectId, IngestFixture.Project, []);
        var open = new V1.AppendOpen
        {
            Stream = stream,
            Descriptor_ = Recording.Descriptor(),
            CreateIfMissing = true,
        };
        var opened = await parts.Opener.OpenAsync(caller, open, null, null, TestContext.Current.CancellationToken);
        var responses = new Responses();
        // The first is stored; the other waits for one before it.
        var requests = new Defect([Recording.Block(0, 10), Recording.Block(20, 10)]);

        await Assert.ThrowsAsync<NotSupportedException>(() =>
            new AppendSession(opened, parts, requests, responses).RunAsync(TestContext.Current.CancellationToken)
        );

        Assert.Equal(10, responses.Last.Acked.ThroughSample);
        Assert.Equal(0, parts.Committers.OvertakingBudget.Held);
        Assert.Equal(0, parts.Committers.ServerBudget.Held);
        using var modest = Gateway.Connect(fixture);
        await modest.SendAsync(
            new V1.AppendRequest
            {
                Open = new() { Stream = stream, EpochPolicy = V1.EpochPolicy.IfFree },
            }
        );
        Assert.Equal(10, (await modest.HearAsync()).Opened.NextSample);
    }

    /// <summary>Sends blocks, and then fails as no client does.</summary>
    private sealed class Defect(V1.SampleBlock[] blocks) : IAsyncStreamReader<V1.AppendRequest>
    {
        private int next;

        public V1.AppendRequest Current => new() { Block = blocks[next - 1] };

        public Task<bool> MoveNext(CancellationToken cancellationToken) =>
            next++ < blocks.Length ? Task.FromResult(true) : throw new NotSupportedException("a defect");
    }

    private sealed class Responses : IServerStreamWriter<V1.AppendResponse>
    {
        public V1.AppendResponse Last { get; private set; } = new();

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(V1.AppendResponse message)
        {
            Last = message;
            return Task.CompletedTask;
        }

        public Task WriteAsync(V1.AppendResponse message, CancellationToken cancellationToken) => WriteAsync(message);
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
