using System.Diagnostics;
using Dendrite.Client.Connection;
using Dendrite.Client.Tests.Gateways;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.Client.Tests.Connection;

public sealed class ConnectionChannelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_call_finds_a_platform_that_is_back_however_often_it_was_asked_before()
    {
        string address;
        await using (var gone = await FakePlatform.StartAsync())
        {
            address = gone.Connection.Options.IngestAddresses[0];
        }

        await using var connection = new DendriteConnection(
            new()
            {
                IngestAddresses = [address],
                ApiKey = "dk_test_0123456789abcdef",
                Retry = new() { GiveUpAfter = TimeSpan.Zero },
            }
        );
        // As long as the pauses of a channel of its own have grown to seconds.
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(3); )
        {
            var failure = await Assert.ThrowsAsync<RpcException>(() => OpenAsync(connection));
            Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
            await Task.Delay(TimeSpan.FromMilliseconds(50), Token);
        }

        await using var back = await FakePlatform.StartAsync(new Uri(address).Port);
        await OpenAsync(connection);
        Assert.Single(back.Ingest.Opens);
    }

    /// <summary>As a host that is switched off does: whoever asks it hears nothing.</summary>
    [Fact]
    public async Task A_host_that_does_not_answer_is_a_platform_that_is_away_and_no_cancelled_call()
    {
        using var silent = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(100),
            ConnectCallback = async (_, token) =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                return Stream.Null;
            },
        };
        using var channel = GrpcChannel.ForAddress(
            "http://silent.example",
            new() { HttpHandler = new DirectHandler(silent) }
        );
        var client = new V1.IngestService.IngestServiceClient(channel.CreateCallInvoker());
        using var call = client.Append(cancellationToken: Token);

        var failure = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
    }

    private static async Task OpenAsync(DendriteConnection connection)
    {
        await using var writer = await connection.OpenWriterAsync(
            new() { Stream = "projects/lab/branches/b/streams/eeg", Descriptor = TestDevice.Descriptor() },
            Token
        );
    }
}
