using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class StreamRuleTests
{
    [Fact]
    public async Task Two_reads_at_once_are_refused()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Chat();
        var first = call.ResponseStream.MoveNext();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.ResponseStream.MoveNext());
        await call.RequestStream.CompleteAsync();
        Assert.False(await first.Soon());
    }

    [Fact]
    public async Task Two_writes_at_once_are_refused_on_both_sides()
    {
        var refused = new TaskCompletionSource<Exception?>();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Chat = async (_, responses, context) =>
        {
            var large = new Message { Payload = ByteString.CopyFrom(new byte[3_000_000]) };
            var first = responses.WriteAsync(large);
            refused.SetResult(await Record.ExceptionAsync(() => responses.WriteAsync(large)));
            await first;
            await context.CancellationToken.Fired();
        };
        using var call = server.Client().Chat();
        var message = new Message { Payload = ByteString.CopyFrom(new byte[3_000_000]) };
        var write = call.RequestStream.WriteAsync(message);
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(message));
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.CompleteAsync());
        Assert.IsType<InvalidOperationException>(await refused.Task.Soon());
        call.Dispose();
        await Assert.ThrowsAsync<RpcException>(() => write.Soon());
    }

    [Fact]
    public async Task A_write_after_the_last_is_refused()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Collect();
        await call.RequestStream.CompleteAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Message()));
        await call.ResponseAsync.Soon();
        await Assert.ThrowsAsync<InvalidOperationException>(() => call.RequestStream.WriteAsync(new Message()));
    }

    [Fact]
    public async Task A_stream_used_after_its_handler_returned_is_refused()
    {
        IServerStreamWriter<Message>? writer = null;
        IAsyncStreamReader<Message>? reader = null;
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Chat = (requests, responses, _) =>
        {
            (reader, writer) = (requests, responses);
            return Task.CompletedTask;
        };
        using var call = server.Client().Chat();
        Assert.False(await call.ResponseStream.MoveNext().Soon());
        await Assert.ThrowsAsync<InvalidOperationException>(() => writer!.WriteAsync(new Message()));
        await Assert.ThrowsAsync<InvalidOperationException>(() => reader!.MoveNext());
    }

    [Fact]
    public async Task A_read_that_a_handler_left_behind_ends_with_its_call_and_takes_nothing_from_later_ones()
    {
        var left = new System.Collections.Concurrent.ConcurrentQueue<Task<bool>>();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Chat = async (requests, responses, _) =>
        {
            Assert.True(await requests.MoveNext());
            await responses.WriteAsync(requests.Current);
            if (requests.Current.Count == 0)
            {
                left.Enqueue(requests.MoveNext());
                return;
            }

            Assert.True(await requests.MoveNext());
            await responses.WriteAsync(requests.Current);
        };
        var client = server.Client();

        // One connection, whose streams the server uses again; of those that it ended first it keeps 100 at most.
        for (var i = 0; i < 80; i++)
        {
            using var leaving = client.Chat();
            await leaving.RequestStream.WriteAsync(new Message());
            Assert.True(await leaving.ResponseStream.MoveNext().Soon());
            Assert.False(await leaving.ResponseStream.MoveNext().Soon());
            Assert.True(left.TryDequeue(out var read) && read.IsCanceled);
            using var staying = client.Chat();
            await staying.RequestStream.WriteAsync(new Message { Count = 1 });
            Assert.True(await staying.ResponseStream.MoveNext().Soon());
            await staying.RequestStream.WriteAsync(new Message { Count = i + 2 });
            Assert.True(await staying.ResponseStream.MoveNext().Soon());
            Assert.Equal(i + 2, staying.ResponseStream.Current.Count);
            Assert.False(await staying.ResponseStream.MoveNext().Soon());
        }
    }

    [Fact]
    public async Task Responses_that_may_wait_arrive_with_the_next_that_may_not()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (request, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            for (var index = 0; index < request.Count; index++)
            {
                await responses.WriteAsync(new Message { Count = index });
            }

            responses.WriteOptions = WriteOptions.Default;
            await responses.WriteAsync(new Message { Count = request.Count });
        };
        using var call = server.Client().Repeat(new Message { Count = 5 });
        var counts = new List<int>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            counts.Add(message.Count);
        }

        Assert.Equal(Enumerable.Range(0, 6), counts);
    }

    [Fact]
    public async Task A_null_response_is_an_error_of_the_handler()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (_, _) => Task.FromResult<Message>(null!);
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task Status_and_trailers_are_not_there_before_the_end()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Chat();
        Assert.Throws<InvalidOperationException>(() => call.GetStatus());
        Assert.Throws<InvalidOperationException>(() => call.GetTrailers());
    }
}
