using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class CancellationTests
{
    [Fact]
    public async Task A_token_cancels_a_unary_call_at_both_ends()
    {
        var started = new TaskCompletionSource();
        var stopped = new TaskCompletionSource();
        using var source = new CancellationTokenSource();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = async (request, context) =>
        {
            started.SetResult();
            await context.CancellationToken.Fired();
            stopped.SetResult();
            return request;
        };
        var call = server.Client().SayAsync(new Message(), cancellationToken: source.Token);
        await started.Task.Soon();
        await source.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        await stopped.Task.Soon();
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task Disposing_a_stream_after_its_first_response_stops_the_handler()
    {
        var stopped = new TaskCompletionSource();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Chat = async (_, responses, context) =>
        {
            await responses.WriteAsync(new Message { Text = "first" });
            await context.CancellationToken.Fired();
            stopped.SetResult();
        };
        var call = server.Client().Chat();
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        call.Dispose();
        await stopped.Task.Soon();
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => call.ResponseStream.MoveNext());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => call.RequestStream.WriteAsync(new Message()));
    }

    [Fact]
    public async Task The_token_of_a_read_cancels_the_call()
    {
        using var source = new CancellationTokenSource();
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Chat();
        var reading = call.ResponseStream.MoveNext(source.Token);
        await source.CancelAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() => reading.Soon());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Equal(StatusCode.Cancelled, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task The_token_of_a_write_cancels_the_call_of_a_client_and_of_a_server()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = (request, responses, _) => responses.WriteAsync(request, source.Token);
        using var chat = server.Client().Chat();
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            chat.RequestStream.WriteAsync(new Message(), source.Token).Soon()
        );
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        using var repeat = server.Client().Repeat(new Message());
        error = await Assert.ThrowsAsync<RpcException>(() => repeat.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task A_handler_that_writes_on_after_its_client_left_fails_without_an_error_in_the_log()
    {
        var thrown = new TaskCompletionSource<Exception>();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (request, responses, context) =>
        {
            await responses.WriteAsync(request);
            await context.CancellationToken.Fired();
            try
            {
                await responses.WriteAsync(request);
            }
            catch (InvalidOperationException error)
            {
                thrown.SetResult(error);
                throw;
            }
        };
        var call = server.Client().Repeat(new Message());
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        call.Dispose();
        await thrown.Task.Soon();
        await server.DisposeAsync();
        Assert.Empty(server.Log.Errors);
        Assert.Contains(server.Log.Entries, entry => entry.Event.Id == 28);
    }

    [Fact]
    public async Task Cancelling_before_the_start_calls_nobody()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Collect = (_, _) => throw new InvalidOperationException("was called");
        using var call = server.Client().Collect(cancellationToken: new CancellationToken(canceled: true));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Message()).Soon());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task A_channel_can_throw_what_other_tasks_throw_when_cancelled()
    {
        using var source = new CancellationTokenSource();
        await using var server = await EchoServer.StartAsync();
        var client = server.Client(new GrpcChannelOptions { ThrowOperationCanceledOnCancellation = true });
        using var call = client.Chat(cancellationToken: source.Token);
        var reading = call.ResponseStream.MoveNext();
        await source.CancelAsync();
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Soon());
        Assert.Equal(source.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Disposing_the_channel_ends_its_calls()
    {
        await using var server = await EchoServer.StartAsync();
        var channel = server.Channel();
        var client = new Echo.EchoClient(channel);
        var chat = client.Chat();
        await chat.RequestStream.WriteAsync(new Message());
        Assert.True(await chat.ResponseStream.MoveNext().Soon());
        var reading = chat.ResponseStream.MoveNext();
        channel.Dispose();
        var error = await Assert.ThrowsAsync<RpcException>(() => reading.Soon());
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
        Assert.Throws<ObjectDisposedException>(() => client.SayAsync(new Message()));
    }

    [Fact]
    public async Task A_response_that_is_not_read_pushes_back_on_the_handler()
    {
        const int MessageBytes = 64 * 1024;
        var written = 0;
        var blocked = new TaskCompletionSource();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (_, responses, context) =>
        {
            var message = new Message { Payload = Google.Protobuf.ByteString.CopyFrom(new byte[MessageBytes]) };
            while (true)
            {
                var write = responses.WriteAsync(message, context.CancellationToken);
                if (await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(1), context.CancellationToken)) != write)
                {
                    blocked.SetResult();
                }

                await write;
                written++;
            }
        };
        var handler = new SocketsHttpHandler { InitialHttp2StreamWindowSize = 64 * 1024 };
        using var channel = GrpcChannel.ForAddress(
            server.Address,
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true }
        );
        using var call = new Echo.EchoClient(channel).Repeat(new Message());
        await call.ResponseHeadersAsync.Soon();
        await blocked.Task.Soon();
        Assert.InRange(written * MessageBytes, 0, 4 * 1024 * 1024);
    }
}
