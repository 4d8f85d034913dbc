using System.Net;
using System.Net.Sockets;
using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class ChannelTests
{
    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{FreePort()}");
        var client = new Echo.EchoClient(channel);
        var error = await Assert.ThrowsAsync<RpcException>(() => client.SayAsync(new Message()).ResponseAsync.Soon());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.NotNull(error.Status.DebugException);
        using var call = client.Chat();
        error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Message()).Soon());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseHeadersAsync.Soon());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task A_server_that_shut_down_is_unavailable()
    {
        var server = await EchoServer.StartAsync();
        using var channel = GrpcChannel.ForAddress(server.Address);
        var client = new Echo.EchoClient(channel);
        await client.SayAsync(new Message()).ResponseAsync.Soon();
        await server.DisposeAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => client.SayAsync(new Message()).ResponseAsync.Soon());
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task Many_calls_share_one_channel()
    {
        await using var server = await EchoServer.StartAsync();
        var client = server.Client();
        var replies = await Task.WhenAll(
                Enumerable.Range(0, 300).Select(index => client.SayAsync(new Message { Count = index }).ResponseAsync)
            )
            .Soon();
        Assert.Equal(Enumerable.Range(0, 300), replies.Select(reply => reply.Count));
    }

    [Fact]
    public async Task More_streams_than_one_connection_carries_open_another()
    {
        const int Streams = 250;
        await using var server = await EchoServer.StartAsync();
        var client = server.Client();
        var calls = Enumerable.Range(0, Streams).Select(_ => client.Chat()).ToList();
        foreach (var call in calls)
        {
            await call.RequestStream.WriteAsync(new Message { Text = "open" }).Soon();
            Assert.True(await call.ResponseStream.MoveNext().Soon());
        }

        calls.ForEach(call => call.Dispose());
    }

    [Fact]
    public void Credentials_and_scheme_must_agree()
    {
        Assert.Throws<InvalidOperationException>(() =>
            GrpcChannel.ForAddress(
                "http://localhost",
                new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }
            )
        );
        Assert.Throws<InvalidOperationException>(() =>
            GrpcChannel.ForAddress(
                "https://localhost",
                new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure }
            )
        );
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress("ftp://localhost"));
        var credentials = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);
        Assert.Throws<InvalidOperationException>(() =>
            GrpcChannel.ForAddress(
                "http://localhost",
                new GrpcChannelOptions
                {
                    Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, credentials),
                }
            )
        );
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_credentials_travel_unencrypted_only_where_that_is_allowed(bool isAllowed)
    {
        string? seen = null;
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen = context.RequestHeaders.GetValue("authorization");
            return Task.FromResult(request);
        };
        var credentials = CallCredentials.FromInterceptor(
            (context, metadata) =>
            {
                metadata.Add("authorization", $"{context.MethodName} of {new Uri(context.ServiceUrl).AbsolutePath}");
                return Task.CompletedTask;
            }
        );
        var client = server.Client(new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = isAllowed });
        await client.SayAsync(new Message(), new CallOptions(credentials: credentials)).ResponseAsync.Soon();
        Assert.Equal(isAllowed ? "Say of /dendrite.tests.echo.Echo" : null, seen);
    }

    [Fact]
    public async Task Credentials_of_the_channel_are_added_to_those_of_the_call()
    {
        var seen = new List<string>();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen.AddRange(
                context
                    .RequestHeaders.Where(entry => entry.Key.StartsWith("by-", StringComparison.Ordinal))
                    .Select(entry => entry.Key)
            );
            return Task.FromResult(request);
        };
        var client = server.Client(
            new GrpcChannelOptions
            {
                Credentials = ChannelCredentials.Create(ChannelCredentials.Insecure, Adding("by-channel")),
                UnsafeUseInsecureChannelCallCredentials = true,
            }
        );
        var own = CallCredentials.Compose(Adding("by-call"), Adding("by-both"));
        await client.SayAsync(new Message(), new CallOptions(credentials: own)).ResponseAsync.Soon();
        Assert.Equal(["by-both", "by-call", "by-channel"], seen.Order(StringComparer.Ordinal));
    }

    private static CallCredentials Adding(string key) =>
        CallCredentials.FromInterceptor(
            (_, metadata) =>
            {
                metadata.Add(key, "yes");
                return Task.CompletedTask;
            }
        );

    [Fact]
    public async Task A_failure_to_get_credentials_fails_the_call()
    {
        await using var server = await EchoServer.StartAsync();
        var client = server.Client(new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = true });
        var credentials = CallCredentials.FromInterceptor(
            (_, _) => throw new RpcException(new Status(StatusCode.Unauthenticated, "no token"))
        );
        var call = client.SayAsync(new Message(), new CallOptions(credentials: credentials));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
    }

    [Fact]
    public async Task A_handler_of_ones_own_carries_the_calls()
    {
        await using var server = await EchoServer.StartAsync();
        var handler = new Counting(new SocketsHttpHandler { KeepAlivePingDelay = TimeSpan.FromSeconds(1) });
        await server.Client(new GrpcChannelOptions { HttpHandler = handler }).SayAsync(new Message());
        Assert.Equal(1, handler.Requests);
        Assert.Throws<ArgumentException>(() =>
            GrpcChannel.ForAddress(
                server.Address,
                new GrpcChannelOptions { HttpHandler = handler, HttpClient = new HttpClient(handler) }
            )
        );
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Counting(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        public int Requests { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            Requests++;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
