using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.StandIns.Grpc.Tests;

public sealed class InterceptorTests
{
    [Fact]
    public async Task Server_interceptors_run_outermost_first_those_of_all_services_before_those_of_one()
    {
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync(
            options =>
            {
                options.Interceptors.Add<Tracing>("first");
                options.Interceptors.Add<Tracing>("second");
            },
            services =>
            {
                services.AddSingleton(trace);
                services.AddGrpc().AddServiceOptions<EchoService>(o => o.Interceptors.Add<Tracing>("third"));
            }
        );
        await server.Client().SayAsync(new Message()).ResponseAsync.Soon();
        Assert.Equal(["first", "second", "third", "/third", "/second", "/first"], trace.Steps);
    }

    [Fact]
    public async Task Server_interceptors_see_every_kind_of_call()
    {
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync(
            options => options.Interceptors.Add<Tracing>("in"),
            services => services.AddSingleton(trace)
        );
        var client = server.Client();
        await client.SayAsync(new Message()).ResponseAsync.Soon();
        using var repeat = client.Repeat(new Message());
        Assert.False(await repeat.ResponseStream.MoveNext().Soon());
        using var collect = client.Collect();
        await collect.RequestStream.CompleteAsync();
        await collect.ResponseAsync.Soon();
        using var chat = client.Chat();
        await chat.RequestStream.CompleteAsync();
        Assert.False(await chat.ResponseStream.MoveNext().Soon());
        Assert.Equal(4, trace.Steps.Count(step => step == "/in"));
    }

    [Fact]
    public async Task An_interceptor_may_refuse_a_call()
    {
        await using var server = await EchoServer.StartAsync(options => options.Interceptors.Add<Refusing>());
        server.Handlers.Say = (_, _) => throw new InvalidOperationException("was called");
        var error = await Assert.ThrowsAsync<RpcException>(() =>
            server.Client().SayAsync(new Message()).ResponseAsync.Soon()
        );
        Assert.Equal(StatusCode.Unauthenticated, error.StatusCode);
        Assert.Empty(server.Log.Errors);
    }

    [Fact]
    public async Task An_interceptor_from_the_container_is_the_containers()
    {
        var own = new Refusing();
        await using var server = await EchoServer.StartAsync(
            options => options.Interceptors.Add<Refusing>(),
            services => services.AddSingleton(own)
        );
        await Assert.ThrowsAsync<RpcException>(() => server.Client().SayAsync(new Message()).ResponseAsync.Soon());
        Assert.Equal(1, own.Calls);
        Assert.False(own.IsDisposed);
    }

    [Fact]
    public async Task A_service_made_for_a_call_is_disposed_after_it()
    {
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync(
            options => options.Interceptors.Add<DisposableInterceptor>(),
            services => services.AddSingleton(trace)
        );
        server.Handlers.Say = (request, _) =>
        {
            trace.Steps.Add("handled");
            return Task.FromResult(request);
        };
        await server.Client().SayAsync(new Message()).ResponseAsync.Soon();
        Assert.Equal(["handled", "disposed"], trace.Steps);
    }

    [Fact]
    public async Task Client_interceptors_run_in_order_and_may_change_the_call()
    {
        string? seen = null;
        var trace = new Trace();
        await using var server = await EchoServer.StartAsync();
        server.Handlers.Say = (request, context) =>
        {
            seen = context.RequestHeaders.GetValue("by");
            return Task.FromResult(request);
        };
        var invoker = server.Channel().Intercept(new Adding("one", trace), new Adding("two", trace));
        await new Echo.EchoClient(invoker).SayAsync(new Message()).ResponseAsync.Soon();
        // HTTP joins the values of one name by a comma and a space; they mean the same as two headers.
        Assert.Equal("one, two", seen);
        Assert.Equal(["one", "two"], trace.Steps);
    }

    private sealed class Trace
    {
        public List<string> Steps { get; } = [];
    }

    private sealed class Tracing(string name, Trace trace) : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request,
            ServerCallContext context,
            UnaryServerMethod<TRequest, TResponse> continuation
        ) => AroundAsync(() => continuation(request, context));

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation
        ) => AroundAsync(() => continuation(requestStream, context));

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation
        ) => AroundAsync(() => WithResult(continuation(request, responseStream, context)));

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation
        ) => AroundAsync(() => WithResult(continuation(requestStream, responseStream, context)));

        private static async Task<bool> WithResult(Task task)
        {
            await task;
            return true;
        }

        private async Task<T> AroundAsync<T>(Func<Task<T>> call)
        {
            trace.Steps.Add(name);
            var result = await call();
            trace.Steps.Add($"/{name}");
            return result;
        }
    }

    private sealed class Refusing : Interceptor, IDisposable
    {
        public int Calls { get; private set; }

        public bool IsDisposed { get; private set; }

        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request,
            ServerCallContext context,
            UnaryServerMethod<TRequest, TResponse> continuation
        )
        {
            Calls++;
            throw new RpcException(new Status(StatusCode.Unauthenticated, "no key"));
        }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class DisposableInterceptor(Trace trace) : Interceptor, IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            trace.Steps.Add("disposed");
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Adding(string name, Trace trace) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation
        )
        {
            trace.Steps.Add(name);
            var headers = new Metadata();
            foreach (var entry in context.Options.Headers ?? [])
            {
                headers.Add(entry);
            }

            headers.Add("by", name);
            var changed = context.Options.WithHeaders(headers);
            return continuation(
                request,
                new ClientInterceptorContext<TRequest, TResponse>(context.Method, context.Host, changed)
            );
        }
    }
}
