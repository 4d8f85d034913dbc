using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class DeadlineTests
{
    private static DateTime In(TimeSpan wait) => TimeProvider.System.GetUtcNow().UtcDateTime + wait;

    [Fact]
    public async Task A_deadline_passes_for_the_client_and_for_the_handler()
    {
        var handlerStopped = new TaskCompletionSource();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = async (request, context) =>
        {
            await context.CancellationToken.Fired();
            handlerStopped.SetResult();
            return request;
        };
        var call = server.Client().SayAsync(new Message(), deadline: In(TimeSpan.FromMilliseconds(200)));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        await handlerStopped.Task.Soon();
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task A_server_ends_a_call_at_the_deadline_even_if_its_handler_does_not_listen()
    {
        var release = new TaskCompletionSource();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (request, responses, _) =>
        {
            await responses.WriteAsync(request);
            await release.Task;
        };
        var frame = RawCall.Frame(0, []);
        var answer = await RawCall.PostAsync(server.Address, frame, "Repeat", headers: ("grpc-timeout", "200m"));
        Assert.Equal("4", answer.Status);
        Assert.Equal(5, answer.Body.Length);
        release.SetResult();
    }

    [Fact]
    public async Task A_write_after_the_deadline_is_refused()
    {
        var refused = new TaskCompletionSource<Exception>();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (request, responses, context) =>
        {
            await context.CancellationToken.Fired();
            try
            {
                await responses.WriteAsync(request);
            }
            catch (Exception error)
            {
                refused.SetResult(error);
                throw;
            }
        };
        using var call = server.Client().Repeat(new Message(), deadline: In(TimeSpan.FromMilliseconds(100)));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.True(await refused.Task.Soon() is OperationCanceledException or InvalidOperationException);
    }

    [Fact]
    public async Task A_deadline_in_the_past_fails_without_a_call()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (_, _) => throw new InvalidOperationException("was called");
        var call = server.Client().SayAsync(new Message(), deadline: In(TimeSpan.FromSeconds(-1)));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.Soon());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task A_handler_sees_the_deadline_of_its_caller()
    {
        var deadline = In(TimeSpan.FromMinutes(5));
        var seen = DateTime.MinValue;
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen = context.Deadline;
            return Task.FromResult(request);
        };
        await server.Client().SayAsync(new Message(), deadline: deadline).ResponseAsync.Soon();
        Assert.InRange(seen - deadline, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(20));
        await server.Client().SayAsync(new Message()).ResponseAsync.Soon();
        Assert.Equal(DateTime.MaxValue, seen);
    }

    [Fact]
    public async Task A_deadline_that_is_no_instant_in_utc_is_refused()
    {
        await using var server = await EchoServer.StartAsync();
        var local = DateTime.SpecifyKind(In(TimeSpan.FromMinutes(1)), DateTimeKind.Local);
        Assert.Throws<InvalidOperationException>(() => server.Client().SayAsync(new Message(), deadline: local));
    }

    [Fact]
    public async Task A_stream_that_waits_ends_at_the_deadline()
    {
        await using var server = await EchoServer.StartAsync();
        using var call = server.Client().Chat(deadline: In(TimeSpan.FromMilliseconds(200)));
        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext().Soon());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        error = await Assert.ThrowsAsync<RpcException>(() => call.RequestStream.WriteAsync(new Message()).Soon());
        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    [Theory]
    [InlineData("ten seconds")]
    [InlineData("123456789S")]
    [InlineData("0S")]
    [InlineData("-1S")]
    public async Task A_timeout_that_makes_no_sense_is_ignored(string timeout)
    {
        await using var server = await EchoServer.StartAsync(services: services => services.AddLogging());
        var answer = await RawCall.PostAsync(server.Address, RawCall.Frame(0, []), headers: ("grpc-timeout", timeout));
        Assert.Equal("0", answer.Status);
    }
}
