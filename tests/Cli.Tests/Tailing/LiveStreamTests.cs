using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Tailing;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Tailing;

/// <summary>A tail across lost connections.</summary>
public sealed class LiveStreamTests
{
    private static readonly RpcException Lost = new(new Status(StatusCode.Unavailable, "lost"));

    [Fact]
    public async Task After_a_lost_connection_it_goes_on_after_the_last_sample_that_came()
    {
        var service = new ScriptedQueries(
            [Header(5), Chunk(5, 3), Gap(8, 10), Lost],
            [Lost],
            [Header(10), Chunk(10, 1), Finished()]
        );
        var heard = await ReadAsync(service);

        Assert.Equal([5L, 10, 10], service.Starts);
        Assert.Equal(
            ["Header", "Chunk", "Gap", "Header", "Chunk", "Finished"],
            heard.Select(message => $"{message.MessageCase}")
        );
    }

    [Fact]
    public async Task Where_groups_came_unequally_far_it_goes_on_where_the_last_of_them_is()
    {
        var header = Header(0);
        header.Header.Channels.Add(new SignalChannel { ChannelGroup = 1 });
        var service = new ScriptedQueries([header, Chunk(0, 9), Lost], [Finished()]);
        await ReadAsync(service);
        Assert.Equal([5L, 0], service.Starts);
    }

    [Fact]
    public async Task Where_the_connection_was_lost_before_a_sample_came_it_asks_again_as_before()
    {
        var service = new ScriptedQueries([Lost], [Header(5), Finished()]);
        await ReadAsync(service);
        Assert.Equal([5L, 5], service.Starts);
    }

    [Fact]
    public async Task What_will_not_pass_by_itself_ends_it()
    {
        var gone = new RpcException(new Status(StatusCode.NotFound, "deleted"));
        var service = new ScriptedQueries([Header(5), gone], [Finished()]);
        Assert.Same(gone, await Assert.ThrowsAsync<RpcException>(() => ReadAsync(service)));
    }

    [Fact]
    public async Task A_platform_that_stays_away_is_given_up()
    {
        var away = Enumerable.Repeat<object[]>([Lost], 100);
        var service = new ScriptedQueries([
            [Header(5), Lost],
            .. away,
        ]);
        await Assert.ThrowsAsync<RpcException>(() => ReadAsync(service));
        Assert.InRange(service.Starts.Count, 10, 50);
    }

    private static CliHost Host =>
        new()
        {
            Output = TextWriter.Null,
            Error = TextWriter.Null,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = _ => null,
            CurrentDirectory = Path.GetTempPath(),
            Connect = _ => throw new NotSupportedException(),
        };

    private static async Task<List<TailResponse>> ReadAsync(ScriptedQueries service)
    {
        var output = new CliOutput(Host, json: false);
        var live = new LiveStream(service, new TailRequest { StartSample = 5 }, output, new HastyTime());
        List<TailResponse> heard = [];
        await foreach (var message in live.ReadAsync(TestContext.Current.CancellationToken))
        {
            heard.Add(message);
        }

        return heard;
    }

    private static TailResponse Header(long start) =>
        new()
        {
            Header = new()
            {
                Range = new() { StartSample = start, EndSample = start },
                Channels = { new SignalChannel { Label = "c" } },
            },
        };

    private static TailResponse Chunk(long first, int count) =>
        new()
        {
            Chunk = new() { FirstSample = first, SampleCount = count },
        };

    private static TailResponse Gap(long from, long to) =>
        new()
        {
            Gap = new()
            {
                Range = new() { StartSample = from, EndSample = to },
            },
        };

    private static TailResponse Finished() => new() { Finished = new() };

    /// <summary>Answers each call with the next of the scripts: messages, and maybe a failure at the end.</summary>
    private sealed class ScriptedQueries(params object[][] scripts) : QueryService.QueryServiceClient
    {
        /// <summary>Where each call began.</summary>
        public List<long> Starts { get; } = [];

        public override AsyncServerStreamingCall<TailResponse> Tail(
            TailRequest request,
            Metadata? headers = null,
            DateTime? deadline = null,
            CancellationToken cancellationToken = default
        )
        {
            Starts.Add(request.StartSample);
            return new(
                new Script(scripts[Starts.Count - 1]),
                Task.FromResult(new Metadata()),
                () => Status.DefaultSuccess,
                () => [],
                () => { }
            );
        }
    }

    private sealed class Script(object[] messages) : IAsyncStreamReader<TailResponse>
    {
        private int next;

        public TailResponse Current { get; private set; } = new();

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (next == messages.Length)
            {
                return Task.FromResult(false);
            }

            if (messages[next++] is RpcException failure)
            {
                return Task.FromException<bool>(failure);
            }

            Current = (TailResponse)messages[next - 1];
            return Task.FromResult(true);
        }
    }
}
