using Dendrite.ServiceDefaults.Grpc;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Dendrite.Access;

/// <summary>
/// Ends streams, and waits for operations, whose key ceases to be good. Handlers know nothing of it: the call's token
/// fires as if the client had left, and what comes of that is told as the refusal. Other unary calls are not looked
/// after: they end by themselves, and a change that is under way by its own outcome.
/// </summary>
internal sealed class OpenCallInterceptor(OpenCalls calls) : Interceptor
{
    /// <summary>The one unary call that does nothing but wait, for minutes.</summary>
    private const string Wait = "/dendrite.v1.OperationService/WaitOperation";

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request,
        ServerCallContext context,
        UnaryServerMethod<TRequest, TResponse> continuation
    ) =>
        context.Method == Wait
            ? AroundAsync(context, (_, own) => continuation(request, own))
            : continuation(request, context);

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation
    ) => AroundAsync(context, (call, own) => continuation(requestStream, own));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation
    ) =>
        WellKnownMethods.IsInfrastructure(context.Method)
            ? continuation(request, responseStream, context)
            : AroundAsync(
                context,
                async (call, own) =>
                {
                    await continuation(request, new Writer<TResponse>(responseStream, call, endsWrites: true), own);
                    // One that stops in silence when its client leaves has not sent everything.
                    return call.IsRefused ? throw call.Refusal! : true;
                }
            );

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation
    ) =>
        WellKnownMethods.IsInfrastructure(context.Method)
            ? continuation(requestStream, responseStream, context)
            : AroundAsync(
                context,
                async (call, own) =>
                {
                    await continuation(
                        requestStream,
                        new Writer<TResponse>(responseStream, call, endsWrites: false),
                        own
                    );
                    return true;
                }
            );

    private async Task<T> AroundAsync<T>(ServerCallContext context, Func<OpenCall, ServerCallContext, Task<T>> handle)
    {
        using var call = calls.Add(context);
        try
        {
            return await handle(call, new OpenCallContext(context, call.Token));
        }
        catch (Exception) when (call.IsRefused)
        {
            throw call.Refusal!;
        }
    }

    /// <summary>
    /// A write whose own token fires resets the call, and the client would not hear why: so whether the call is to end
    /// is looked at between messages. What a duplex call still has to acknowledge goes out.
    /// </summary>
    private sealed class Writer<T>(IServerStreamWriter<T> inner, OpenCall call, bool endsWrites)
        : IServerStreamWriter<T>
    {
        public WriteOptions? WriteOptions
        {
            get => inner.WriteOptions;
            set => inner.WriteOptions = value;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        public Task WriteAsync(T message, CancellationToken cancellationToken)
        {
            if (endsWrites && call.IsRefused)
                return Task.FromException(new OperationCanceledException(call.Token));
            return inner.WriteAsync(message, cancellationToken == call.Token ? call.CallToken : cancellationToken);
        }
    }
}
