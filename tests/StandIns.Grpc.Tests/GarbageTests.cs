using System.Net;
using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class GarbageTests
{
    private static readonly byte[] Hello = new Message { Text = "hello" }.ToByteArray();

    public static TheoryData<string, byte[], string> BadBodies =>
        new()
        {
            { "nothing", [], "13" },
            { "half a prefix", [0, 0, 0], "13" },
            { "half a message", RawCall.Frame(0, [1, 2, 3], length: 10), "13" },
            { "an unknown flag", RawCall.Frame(7, Hello), "13" },
            { "two messages", [.. RawCall.Frame(0, Hello), .. RawCall.Frame(0, Hello)], "13" },
            { "something after the message", [.. RawCall.Frame(0, Hello), 1], "13" },
            { "a length of 4 GiB", RawCall.Frame(0, [], length: -1), "8" },
        };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task A_bad_request_is_an_error_and_the_server_goes_on(string what, byte[] body, string status)
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(server.Address, body);
        Assert.Equal(HttpStatusCode.OK, answer.Http);
        Assert.True(status == answer.Status, $"{what}: {answer.Status} {answer.Message}");
        Assert.Empty(server.Log.Errors);
        var good = await RawCall.PostAsync(server.Address, RawCall.Frame(0, Hello));
        Assert.Equal("0", good.Status);
        Assert.Equal(RawCall.Frame(0, Hello), good.Body);
    }

    [Fact]
    public async Task A_message_that_is_no_protobuf_fails_its_call()
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(server.Address, RawCall.Frame(0, [0xff, 0xff, 0xff]));
        Assert.Equal("2", answer.Status);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("application/grpcweb")]
    [InlineData("application/grpc-web")]
    [InlineData(null)]
    public async Task A_request_that_is_no_grpc_is_refused_by_its_content_type(string? contentType)
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(server.Address, RawCall.Frame(0, Hello), contentType: contentType);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.Http);
        Assert.Equal("13", answer.Status);
    }

    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc; charset=utf-8")]
    public async Task Every_way_to_say_grpc_is_understood(string contentType)
    {
        await using var server = await EchoServer.StartAsync();
        var answer = await RawCall.PostAsync(server.Address, RawCall.Frame(0, Hello), contentType: contentType);
        Assert.Equal("0", answer.Status);
    }

    [Fact]
    public async Task A_call_over_http_1_is_told_to_upgrade()
    {
        await using var server = await EchoServer.StartAsync(
            protocols: Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1
        );
        using var http = new HttpClient();
        using var content = new ByteArrayContent(RawCall.Frame(0, Hello));
        content.Headers.ContentType = new("application/grpc");
        var path = new Uri($"{server.Address}/dendrite.tests.echo.Echo/Say");
        using var response = await http.PostAsync(path, content, TestContext.Current.CancellationToken).Soon();
        Assert.Equal(HttpStatusCode.UpgradeRequired, response.StatusCode);
    }

    [Theory]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(500, StatusCode.Unknown)]
    public async Task An_answer_that_is_no_grpc_is_mapped_by_its_http_status(int http, StatusCode expected)
    {
        await using var server = await ScriptedServer.StartAsync(context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        });
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(expected, error.StatusCode);
    }

    [Fact]
    public async Task An_answer_of_another_content_type_is_an_error()
    {
        await using var server = await ScriptedServer.StartAsync(context => context.Response.WriteAsync("hello"));
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    public static TheoryData<string, byte[], StatusCode> BadAnswers =>
        new()
        {
            { "no message", [], StatusCode.Internal },
            { "half a prefix", [0, 0], StatusCode.Internal },
            { "half a message", RawCall.Frame(0, [1], length: 9), StatusCode.Internal },
            { "two messages", [.. RawCall.Frame(0, Hello), .. RawCall.Frame(0, Hello)], StatusCode.Internal },
            { "an unknown flag", RawCall.Frame(9, Hello), StatusCode.Internal },
            { "a length of 4 GiB", RawCall.Frame(0, [], length: -1), StatusCode.ResourceExhausted },
            { "compressed without encoding", RawCall.Frame(1, Hello), StatusCode.Internal },
        };

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public async Task A_bad_answer_fails_the_call(string what, byte[] body, StatusCode expected)
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Reply(body));
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.True(expected == error.StatusCode, $"{what}: {error.Status}");
    }

    [Fact]
    public async Task A_stream_that_breaks_off_in_a_message_is_no_end()
    {
        byte[] body = [.. RawCall.Frame(0, Hello), 0, 0, 0, 0, 9, 1];
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Reply(body));
        using var call = server.Client.Repeat(new Message());
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.Internal, error.StatusCode);
    }

    [Fact]
    public async Task A_failure_that_the_server_names_counts_more_than_a_missing_message()
    {
        await using var server = await ScriptedServer.StartAsync(ScriptedServer.Reply([], status: "9"));
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
    }

    [Fact]
    public async Task A_stream_without_a_status_is_no_success()
    {
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(RawCall.Frame(0, Hello));
        });
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Cancelled, error.StatusCode);
    }

    [Fact]
    public async Task A_connection_that_breaks_makes_the_call_unavailable_or_internal()
    {
        await using var server = await ScriptedServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client.SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.True(error.StatusCode is StatusCode.Internal or StatusCode.Unavailable, error.Status.ToString());
    }
}
