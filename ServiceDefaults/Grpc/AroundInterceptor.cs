using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Dendrite.ServiceDefaults.Grpc;

/// <summary>An interceptor of servers that does the same around calls of all four kinds.</summary>
public abstract class AroundInterceptor : Interceptor
{
    public sealed override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    ) => AroundAsync(context, () => continuation(request, context));

    public sealed override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    ) => AroundAsync(context, () => continuation(requestStream, context));

    public sealed override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    ) => AroundAsync(context, () => NothingAsync(continuation(request, responseStream, context)));

    public sealed override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation
    ) => AroundAsync(context, () => NothingAsync(continuation(requestStream, responseStream, context)));

    /// <summary>
    /// Called for each call; <paramref name="call"/> is the rest of the way, to be awaited once or not at all.
    /// </summary>
    protected abstract Task<T> AroundAsync<T>(ServerCallContext context, Func<Task<T>> call);

    private static async Task<bool> NothingAsync(Task call)
    {
        await call;
        return true;
    }
}
