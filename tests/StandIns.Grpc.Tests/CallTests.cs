using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class CallTests
{
    [Fact]
    public async Task A_unary_call_returns_what_the_handler_returns()
    {
        await using var server = await EchoServer.StartAsync();
        var reply = await server
            .Client()
            .SayAsync(new Message { Text = "ping" })
            .ResponseAsync.WaitAsync(EchoServer.Patience);
        Assert.Equal("ping", reply.Text);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task A_blocking_unary_call_returns_what_the_handler_returns()
    {
        await using var server = await EchoServer.StartAsync();
        var client = server.Client();
        var reply = await Task.Run(() => client.Say(new Message { Text = "ping" })).WaitAsync(EchoServer.Patience);
        Assert.Equal("ping", reply.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task A_client_stream_of_any_length_is_answered_once(int messages)
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Collect();
        for (var index = 0; index < messages; index++)
        {
            await call.RequestStream.WriteAsync(new Message { Payload = ByteString.CopyFrom(new byte[index]) });
        }

        await call.RequestStream.CompleteAsync();
        var summary = await call.ResponseAsync.WaitAsync(EchoServer.Patience);
        Assert.Equal(messages, summary.Messages);
        Assert.Equal(messages * (messages - 1L) / 2, summary.PayloadBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task A_server_stream_of_any_length_is_read_to_its_end(int messages)
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Repeat(new Message { Text = "again", Count = messages });
        var texts = new List<string>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            texts.Add(message.Text);
        }

        Assert.Equal(Enumerable.Repeat("again", messages), texts);
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Fact]
    public async Task A_duplex_call_plays_ping_pong()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Chat();
        for (var round = 0; round < 100; round++)
        {
            await call.RequestStream.WriteAsync(new Message { Text = $"{round}" });
            Assert.True(await call.ResponseStream.MoveNext().WaitAsync(EchoServer.Patience));
            Assert.Equal($"{round}", call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext().WaitAsync(EchoServer.Patience));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16 * 1024)]
    [InlineData(65_536)]
    [InlineData(3_000_000)]
    public async Task Messages_of_any_size_come_whole(int size)
    {
        await using var server = await EchoServer.StartAsync();
        var payload = new byte[size];
        new Random(size).NextBytes(payload);
        using var call = server.Client().Chat();
        var writing = Task.Run(async () =>
        {
            for (var index = 0; index < 20; index++)
            {
                await call.RequestStream.WriteAsync(new Message { Payload = ByteString.CopyFrom(payload) });
            }

            await call.RequestStream.CompleteAsync();
        });
        var count = 0;
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            Assert.True(message.Payload.Span.SequenceEqual(payload));
            count++;
        }

        await writing.WaitAsync(EchoServer.Patience);
        Assert.Equal(20, count);
    }
}
