using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class StatusTests
{
    private const string Special =
        "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \uD83D\uDE08, 100 %\t\n";

    [Fact]
    public async Task A_handler_that_throws_a_status_fails_the_call_with_it()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (_, _) => throw new RpcException(new Status(StatusCode.NotFound, "no such thing"));
        var call = server.Client().SayAsync(new Message());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Equal("no such thing", error.Status.Detail);
        Assert.Equal(error.Status.StatusCode, call.GetStatus().StatusCode);
        Assert.Empty(server.Log.Errors);
        Assert.Contains(server.Log.Entries, entry => entry.Event.Id == 7);
    }

    [Fact]
    public async Task A_message_of_any_characters_comes_through_unchanged()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (_, _) => throw new RpcException(new Status(StatusCode.Unknown, Special));
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(Special, error.Status.Detail);
    }

    [Fact]
    public async Task Details_travel_in_the_trailers_beside_the_status()
    {
        byte[] details = [0, 1, 2, 255, 254];
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (_, context) =>
        {
            context.ResponseTrailers.Add("from-context", "yes");
            var trailers = new Metadata { { "grpc-status-details-bin", details } };
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "not now"), trailers);
        };
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(details, error.Trailers.GetValueBytes("grpc-status-details-bin"));
        Assert.Equal("yes", error.Trailers.GetValue("from-context"));
    }

    [Fact]
    public async Task A_failure_after_responses_comes_after_those_responses()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (request, responses, _) =>
        {
            await responses.WriteAsync(request);
            throw new RpcException(new Status(StatusCode.DataLoss, "half"), new Metadata { { "at", "1" } });
        };
        using var call = server.Client().Repeat(new Message { Text = "first" });
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        Assert.Equal("first", call.ResponseStream.Current.Text);
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.DataLoss, error.StatusCode);
        Assert.Equal("1", call.GetTrailers().GetValue("at"));
    }

    [Fact]
    public async Task An_unexpected_exception_says_nothing_of_itself_and_is_logged()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (_, _) => throw new InvalidDataException("secret");
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Unknown, error.StatusCode);
        Assert.Equal("Exception was thrown by handler.", error.Status.Detail);
        var logged = Assert.Single(server.Log.Errors);
        Assert.Equal(6, logged.Event.Id);
        Assert.IsType<InvalidDataException>(logged.Error);
    }

    [Fact]
    public async Task Detailed_errors_say_what_was_thrown()
    {
        await using var server = await EchoServer.StartAsync(options => options.EnableDetailedErrors = true);
        server.Handlers.Say = (_, _) => throw new InvalidDataException("in detail");
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal("Exception was thrown by handler. InvalidDataException: in detail", error.Status.Detail);
    }

    [Fact]
    public async Task A_status_set_on_the_context_ends_the_call_without_an_exception()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            context.Status = new Status(StatusCode.AlreadyExists, "set");
            return Task.FromResult(request);
        };
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
    }

    [Fact]
    public async Task A_method_left_out_by_the_service_is_unimplemented()
    {
        await using var server = await EchoServer.StartAsync();
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().MissingAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Theory]
    [InlineData("dendrite.tests.echo.Echo", "Unheard")]
    [InlineData("dendrite.tests.Unknown", "Say")]
    public async Task A_method_or_service_that_nobody_mapped_is_unimplemented(string service, string method)
    {
        await using var server = await EchoServer.StartAsync();
        var marshaller = Marshallers.Create(message => message.ToByteArray(), Message.Parser.ParseFrom);
        var unknown = new Method<Message, Message>(MethodType.Unary, service, method, marshaller, marshaller);
        var invoker = server.Channel().CreateCallInvoker();
        var call = invoker.AsyncUnaryCall(unknown, host: null, new CallOptions(), new Message());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
    }

    [Fact]
    public async Task A_server_that_ends_a_stream_of_requests_early_tells_the_writer_why()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Collect = (_, _) => throw new RpcException(new Status(StatusCode.PermissionDenied, "not you"));
        using var call = server.Client().Collect();
        var error = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(new Message { Text = "more" }).Soon();
            }
        });
        Assert.Equal(StatusCode.PermissionDenied, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal("not you", error.Status.Detail);
    }

    [Fact]
    public async Task A_writer_that_fails_first_does_not_hide_the_reason_from_the_reader()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Chat = async (requests, responses, _) =>
        {
            Assert.True(await requests.MoveNext());
            await responses.WriteAsync(requests.Current);
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "an old epoch"));
        };
        using var call = server.Client().Chat();
        var message = new Message { Payload = ByteString.CopyFrom(new byte[50_000]) };
        await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (true)
            {
                await call.RequestStream.WriteAsync(message).Soon();
            }
        });
        Assert.True(await call.ResponseStream.MoveNext().Soon());
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal("an old epoch", error.Status.Detail);
        error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(message).Soon());
        Assert.Equal("an old epoch", error.Status.Detail);
    }
}
