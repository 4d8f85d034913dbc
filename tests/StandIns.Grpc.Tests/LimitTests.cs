using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class LimitTests
{
    private static Message Of(int bytes) => new() { Payload = ByteString.CopyFrom(new byte[bytes]) };

    [Fact]
    public async Task A_request_over_the_servers_limit_is_refused_and_one_at_it_is_not()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxReceiveMessageSize = 1_000);
        var atLimit = Of(1_000 - (Of(1_000).CalculateSize() - 1_000));
        Assert.Equal(1_000, atLimit.CalculateSize());
        await server.Client().SayAsync(atLimit).ResponseAsync.Soon();
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(Of(1_000)).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task A_response_over_the_servers_limit_is_refused()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxSendMessageSize = 1_000);
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(Of(1_001)).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task Four_mebibytes_are_the_limit_where_none_is_set()
    {
        await using var server = await EchoServer.StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(Of(4 * 1024 * 1024)).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task No_limit_lets_a_message_pass_that_is_larger_than_kestrels_own()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxReceiveMessageSize = null);
        var client = server.Client(new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var reply = await client.SayAsync(Of(40_000_000)).ResponseAsync.Soon();
        Assert.Equal(40_000_000, reply.Payload.Length);
    }

    [Fact]
    public async Task A_service_may_have_its_own_limit()
    {
        await using var server = await EchoServer.StartAsync(
            options => options.MaxReceiveMessageSize = 10,
            services =>
                services.AddGrpc().AddServiceOptions<EchoService>(options => options.MaxReceiveMessageSize = 1_000)
        );
        var reply = await server.Client().SayAsync(Of(500)).ResponseAsync.Soon();
        Assert.Equal(500, reply.Payload.Length);
    }

    [Fact]
    public async Task A_request_over_the_clients_limit_is_not_sent()
    {
        await using var server = await EchoServer.StartAsync();
        var client = server.Client(new GrpcChannelOptions { MaxSendMessageSize = 1_000 });
        var error = await Assert.ThrowsAsync<RpcException>(() => client.SayAsync(Of(1_001)).ResponseAsync.Soon());
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        using var call = client.Collect();
        error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(Of(1_001)).Soon());
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public async Task A_response_over_the_clients_limit_fails_the_call()
    {
        await using var server = await EchoServer.StartAsync();
        var client = server.Client(new GrpcChannelOptions { MaxReceiveMessageSize = 1_000 });
        var error = await Assert.ThrowsAsync<RpcException>(() => client.SayAsync(Of(1_001)).ResponseAsync.Soon());
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        using var call = client.Repeat(new Message { Payload = Of(1_001).Payload, Count = 1 });
        error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }
}
