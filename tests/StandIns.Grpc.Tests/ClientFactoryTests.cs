using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.ClientFactory;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class ClientFactoryTests
{
    [Fact]
    public async Task A_client_comes_from_the_container_ready_to_call()
    {
        await using var server = await EchoServer.StartAsync();
        var services = new ServiceCollection();
        services.AddGrpcClient<Echo.EchoClient>(options => options.Address = new Uri(server.Address));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<Echo.EchoClient>();
        var reply = await client.SayAsync(new Message { Text = "made" }).ResponseAsync.Soon();
        Assert.Equal("made", reply.Text);
    }

    [Fact]
    public async Task Clients_of_two_names_are_apart()
    {
        await using var one = await EchoServer.StartAsync();
        await using var two = await EchoServer.StartAsync();
        two.Handlers.Say = (_, _) => Task.FromResult(new Message { Text = "two" });
        var services = new ServiceCollection();
        services.AddGrpcClient<Echo.EchoClient>("one", options => options.Address = new Uri(one.Address));
        services.AddGrpcClient<Echo.EchoClient>("two", (_, options) => options.Address = new Uri(two.Address));
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<GrpcClientFactory>();
        var request = new Message { Text = "one" };
        Assert.Equal("one", (await factory.CreateClient<Echo.EchoClient>("one").SayAsync(request)).Text);
        Assert.Equal("two", (await factory.CreateClient<Echo.EchoClient>("two").SayAsync(request)).Text);
    }

    [Fact]
    public async Task Channel_options_credentials_and_interceptors_are_applied()
    {
        var headers = new Metadata();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            headers = context.RequestHeaders;
            return Task.FromResult(request);
        };
        var services = new ServiceCollection();
        services
            .AddGrpcClient<Echo.EchoClient>(options => options.Address = new Uri(server.Address))
            .ConfigureChannel(options => options.UnsafeUseInsecureChannelCallCredentials = true)
            .ConfigureChannel((_, options) => options.MaxReceiveMessageSize = 1_000)
            .AddCallCredentials(
                (_, metadata) =>
                {
                    metadata.Add("authorization", "Bearer key");
                    return Task.CompletedTask;
                }
            )
            .AddInterceptor(() => new Marking("channel"))
            .AddInterceptor(InterceptorScope.Client, () => new Marking("client"));
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<Echo.EchoClient>();
        await client.SayAsync(new Message()).ResponseAsync.Soon();
        Assert.Equal("Bearer key", headers.GetValue("authorization"));
        Assert.Equal("client, channel", headers.GetValue("mark"));
        var large = new Message { Text = new string('x', 1_001) };
        var error = await Assert.ThrowsAsync<RpcException>(() => client.SayAsync(large).ResponseAsync.Soon());
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
    }

    [Fact]
    public void Credentials_on_a_channel_that_would_not_send_them_are_a_mistake()
    {
        var services = new ServiceCollection();
        services
            .AddGrpcClient<Echo.EchoClient>(options => options.Address = new Uri("http://localhost"))
            .AddCallCredentials((_, _) => Task.CompletedTask);
        using var provider = services.BuildServiceProvider();
        Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<Echo.EchoClient>());
    }

    [Fact]
    public void A_client_without_an_address_is_a_mistake()
    {
        var services = new ServiceCollection();
        services.AddGrpcClient<Echo.EchoClient>();
        using var provider = services.BuildServiceProvider();
        var error = Assert.Throws<InvalidOperationException>(() => provider.GetRequiredService<Echo.EchoClient>());
        Assert.Contains("EchoClient", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_handler_added_to_the_http_client_sees_the_calls()
    {
        await using var server = await EchoServer.StartAsync();
        var services = new ServiceCollection();
        services
            .AddGrpcClient<Echo.EchoClient>(options => options.Address = new Uri(server.Address))
            .AddHttpMessageHandler(() => new Signing());
        await using var provider = services.BuildServiceProvider();
        string? seen = null;
        server.Handlers.Say = (request, context) =>
        {
            seen = context.RequestHeaders.GetValue("signed");
            return Task.FromResult(request);
        };
        await provider.GetRequiredService<Echo.EchoClient>().SayAsync(new Message());
        Assert.Equal("/dendrite.tests.echo.Echo/Say", seen);
    }

    private sealed class Signing : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            request.Headers.Add("signed", request.RequestUri!.AbsolutePath);
            return base.SendAsync(request, cancellationToken);
        }
    }

    private sealed class Marking(string mark) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation
        )
        {
            var headers = context.Options.Headers ?? [];
            headers.Add("mark", mark);
            var changed = context.Options.WithHeaders(headers);
            return continuation(
                request,
                new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, changed)
            );
        }
    }
}
