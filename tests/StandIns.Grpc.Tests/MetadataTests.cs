using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class MetadataTests
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];

    [Fact]
    public async Task Headers_and_trailers_echo_as_they_were_sent()
    {
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = async (request, context) =>
        {
            var sent = context.RequestHeaders;
            await context.WriteResponseHeadersAsync(new Metadata { { "echo-initial", sent.GetValue("x-initial")! } });
            context.ResponseTrailers.Add("echo-trailing-bin", sent.GetValueBytes("x-trailing-bin")!);
            return request;
        };
        var headers = new Metadata { { "X-Initial", "text value" }, { "x-trailing-bin", Bytes } };
        using var call = server.Client().SayAsync(new Message(), headers);
        var initial = await call.ResponseHeadersAsync.Soon();
        await call.ResponseAsync.Soon();
        Assert.Equal("text value", initial.GetValue("echo-initial"));
        Assert.Equal(Bytes, call.GetTrailers().GetValueBytes("echo-trailing-bin"));
    }

    [Fact]
    public async Task Response_headers_come_before_the_first_response()
    {
        var release = new TaskCompletionSource();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Repeat = async (_, _, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "early", "yes" } });
            await release.Task;
        };
        using var call = server.Client().Repeat(new Message());
        Assert.Equal("yes", (await call.ResponseHeadersAsync.Soon()).GetValue("early"));
        release.SetResult();
        Assert.False(await call.ResponseStream.MoveNext().Soon());
    }

    [Fact]
    public async Task Headers_are_sent_once()
    {
        Exception? second = null;
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = async (request, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata());
            second = await Record.ExceptionAsync(() => context.WriteResponseHeadersAsync(new Metadata()));
            return request;
        };
        await server.Client().SayAsync(new Message()).ResponseAsync.Soon();
        Assert.IsType<InvalidOperationException>(second);
    }

    [Theory]
    [InlineData("AQID,BA==", 2)]
    [InlineData("AQID, BA", 2)]
    [InlineData("", 1)]
    public async Task Binary_headers_may_be_joined_and_unpadded(string value, int count)
    {
        var seen = new List<byte[]>();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen.AddRange(context.RequestHeaders.GetAll("key-bin").Select(entry => entry.ValueBytes));
            return Task.FromResult(request);
        };
        var answer = await RawCall.PostAsync(server.Address, RawCall.Frame(0, []), headers: ("key-bin", value));
        Assert.Equal("0", answer.Status);
        Assert.Equal(count, seen.Count);
        if (count == 2)
        {
            Assert.Equal([1, 2, 3], seen[0]);
            Assert.Equal([4], seen[1]);
        }
    }

    [Fact]
    public async Task A_handler_knows_its_call()
    {
        ServerCallContext? seen = null;
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen = context;
            Assert.Equal("/dendrite.tests.echo.Echo/Say", context.Method);
            Assert.Equal(new Uri(server.Address).Authority, context.Host);
            Assert.StartsWith("ipv4:127.0.0.1:", context.Peer, StringComparison.Ordinal);
            Assert.False(context.AuthContext.IsPeerAuthenticated);
            Assert.Same(context.UserState, context.GetHttpContext().Items);
            Assert.DoesNotContain(context.RequestHeaders, entry => entry.Key is "te" or "content-type");
            Assert.Contains(context.RequestHeaders, entry => entry.Key == "user-agent");
            return Task.FromResult(request);
        };
        await server.Client().SayAsync(new Message()).ResponseAsync.Soon();
        Assert.NotNull(seen);
    }

    [Fact]
    public void Keys_are_lower_case_and_say_what_they_carry()
    {
        Assert.Equal("mixed-case", new Metadata.Entry("Mixed-Case", "x").Key);
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("with space", "x"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key-bin", "text"));
        Assert.Throws<ArgumentException>(() => new Metadata.Entry("key", [1]));
        Assert.Throws<InvalidOperationException>(() => new Metadata.Entry("key-bin", [1]).Value);
        Assert.Throws<InvalidOperationException>(() => Metadata.Empty.Add("key", "value"));
    }

    [Fact]
    public void Bytes_of_an_entry_cannot_be_changed_from_outside()
    {
        byte[] bytes = [1, 2];
        var entry = new Metadata.Entry("key-bin", bytes);
        bytes[0] = 9;
        entry.ValueBytes[1] = 9;
        Assert.Equal([1, 2], entry.ValueBytes);
    }
}
