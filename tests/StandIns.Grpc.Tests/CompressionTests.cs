using System.IO.Compression;
using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class CompressionTests
{
    private static readonly Metadata Gzip = new() { { "grpc-internal-encoding-request", "gzip" } };

    private static Message Large => new() { Payload = ByteString.CopyFrom(new byte[100_000]) };

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task Requests_are_compressed_when_a_call_asks_for_it(string encoding)
    {
        string? seen = null;
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen = context.GetHttpContext().Request.Headers["grpc-encoding"];
            return Task.FromResult(request);
        };
        var headers = new Metadata { { "grpc-internal-encoding-request", encoding } };
        var reply = await server.Client().SayAsync(Large, headers).ResponseAsync.Soon();
        Assert.Equal(Large, reply);
        Assert.Equal(encoding, seen);
    }

    [Fact]
    public async Task Messages_of_one_stream_are_compressed_or_not_each_by_itself()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Collect(Gzip);
        await call.RequestStream.WriteAsync(Large);
        call.RequestStream.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
        await call.RequestStream.WriteAsync(Large);
        await call.RequestStream.CompleteAsync();
        var summary = await call.ResponseAsync.Soon();
        Assert.Equal(200_000, summary.PayloadBytes);
    }

    [Fact]
    public async Task Responses_are_compressed_by_a_server_that_is_told_to()
    {
        await using var server = await EchoServer.StartAsync(options =>
        {
            options.ResponseCompressionAlgorithm = "gzip";
            options.ResponseCompressionLevel = CompressionLevel.Optimal;
        });
        var body = RawCall.Frame(0, Large.ToByteArray());
        var answer = await RawCall.PostAsync(server.Address, body, headers: ("grpc-accept-encoding", "identity, gzip"));
        Assert.Equal("gzip", answer.Headers.GetValues("grpc-encoding").Single());
        Assert.Equal(1, answer.Body[0]);
        Assert.InRange(answer.Body.Length, 6, 2_000);
        var reply = await server.Client().SayAsync(Large).ResponseAsync.Soon();
        Assert.Equal(Large, reply);
    }

    [Fact]
    public async Task Responses_are_plain_for_a_client_that_does_not_accept_the_encoding()
    {
        await using var server = await EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        var body = RawCall.Frame(0, Large.ToByteArray());
        var answer = await RawCall.PostAsync(server.Address, body, headers: ("grpc-accept-encoding", "identity"));
        Assert.False(answer.Headers.Contains("grpc-encoding"));
        Assert.Equal(0, answer.Body[0]);
    }

    [Fact]
    public async Task A_handler_can_leave_a_response_plain()
    {
        await using var server = await EchoServer.StartAsync(options => options.ResponseCompressionAlgorithm = "gzip");
        server.Handlers.Say = (request, context) =>
        {
            context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
            return Task.FromResult(request);
        };
        var body = RawCall.Frame(0, Large.ToByteArray());
        var answer = await RawCall.PostAsync(server.Address, body, headers: ("grpc-accept-encoding", "gzip"));
        Assert.Equal(0, answer.Body[0]);
    }

    [Fact]
    public async Task A_handler_can_choose_the_encoding_of_its_call()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (request, responses, context) =>
        {
            await context.WriteResponseHeadersAsync(Gzip);
            await responses.WriteAsync(request);
            context.WriteOptions = new WriteOptions(WriteFlags.NoCompress);
            await responses.WriteAsync(request);
        };
        using var call = server.Client().Repeat(Large);
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        Assert.Equal(Large, call.ResponseStream.Current);
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        Assert.Equal(Large, call.ResponseStream.Current);
        Assert.False(await call.ResponseStream.MoveNext().Soon());
    }

    [Fact]
    public async Task A_compressed_message_without_an_encoding_is_an_error()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(server.Address, RawCall.Frame(1, [1, 2, 3]));
        Assert.Equal("13", answer.Status);
    }

    [Fact]
    public async Task An_unknown_encoding_is_answered_with_the_known_ones()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(
            server.Address,
            RawCall.Frame(1, [1, 2, 3]),
            headers: ("grpc-encoding", "snappy")
        );
        Assert.Equal("12", answer.Status);
        Assert.Equal("identity,gzip,deflate", string.Join(',', answer.Headers.GetValues("grpc-accept-encoding")));
    }

    [Fact]
    public async Task A_damaged_compressed_message_is_an_error()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(
            server.Address,
            RawCall.Frame(1, [1, 2, 3]),
            headers: ("grpc-encoding", "gzip")
        );
        Assert.Equal("2", answer.Status);
        Assert.NotEmpty(server.Log.Errors);
    }

    [Fact]
    public async Task A_message_that_grows_over_the_limit_is_refused_before_it_is_whole()
    {
        await using var server = await EchoServer.StartAsync(options => options.MaxReceiveMessageSize = 100_000);
        var bomb = new MemoryStream();
        await using (var gzip = new GZipStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[50_000_000], TestContext.Current.CancellationToken);
        }

        var frame = RawCall.Frame(1, bomb.ToArray());
        Assert.InRange(frame.Length, 0, 100_000);
        var answer = await RawCall.PostAsync(server.Address, frame, headers: ("grpc-encoding", "gzip"));
        Assert.Equal("8", answer.Status);
    }

    [Fact]
    public async Task A_call_that_asks_for_an_unknown_encoding_fails_before_it_starts()
    {
        await using var server = await EchoServer.StartAsync();
        var headers = new Metadata { { "grpc-internal-encoding-request", "snappy" } };
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message(), headers).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Internal, error.StatusCode);
    }

    [Fact]
    public async Task A_provider_of_ones_own_takes_the_place_of_the_known_ones()
    {
        await using var server = await EchoServer.StartAsync(options =>
        {
            options.CompressionProviders.Add(new GzipCompressionProvider(CompressionLevel.NoCompression));
            options.ResponseCompressionAlgorithm = "gzip";
        });
        var answer = await RawCall.PostAsync(
            server.Address,
            RawCall.Frame(0, Large.ToByteArray()),
            headers: ("grpc-accept-encoding", "gzip")
        );
        Assert.InRange(answer.Body.Length, 100_000, 101_000);
    }
}
