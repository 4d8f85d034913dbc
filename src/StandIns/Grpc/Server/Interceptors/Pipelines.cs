using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// Puts interceptors before a handler, outermost first; each is made for the call by its registration.
/// </summary>
internal abstract class Pipeline<TCall>(IReadOnlyList<InterceptorRegistration> interceptors)
    where TCall : Delegate
{
    public TCall Build(TCall handler) =>
        interceptors.Reverse().Aggregate(handler, (next, interceptor) => Wrap(interceptor.Activation, next));

    protected abstract TCall Wrap(Activation interceptor, TCall next);
}

internal sealed class UnaryPipeline<TRequest, TResponse>(IReadOnlyList<InterceptorRegistration> interceptors)
    : Pipeline<UnaryServerMethod<TRequest, TResponse>>(interceptors)
    where TRequest : class
    where TResponse : class
{
    protected override UnaryServerMethod<TRequest, TResponse> Wrap(
        Activation interceptor,
        UnaryServerMethod<TRequest, TResponse> next
    ) =>
        (request, context) =>
            interceptor.UseAsync(
                context.GetHttpContext(),
                (request, context, next),
                static (instance, call) =>
                    ((Interceptor)instance).UnaryServerHandler(call.request, call.context, call.next)
            );
}

internal sealed class ClientStreamingPipeline<TRequest, TResponse>(IReadOnlyList<InterceptorRegistration> interceptors)
    : Pipeline<ClientStreamingServerMethod<TRequest, TResponse>>(interceptors)
    where TRequest : class
    where TResponse : class
{
    protected override ClientStreamingServerMethod<TRequest, TResponse> Wrap(
        Activation interceptor,
        ClientStreamingServerMethod<TRequest, TResponse> next
    ) =>
        (requests, context) =>
            interceptor.UseAsync(
                context.GetHttpContext(),
                (requests, context, next),
                static (instance, call) =>
                    ((Interceptor)instance).ClientStreamingServerHandler(call.requests, call.context, call.next)
            );
}

internal sealed class ServerStreamingPipeline<TRequest, TResponse>(IReadOnlyList<InterceptorRegistration> interceptors)
    : Pipeline<ServerStreamingServerMethod<TRequest, TResponse>>(interceptors)
    where TRequest : class
    where TResponse : class
{
    protected override ServerStreamingServerMethod<TRequest, TResponse> Wrap(
        Activation interceptor,
        ServerStreamingServerMethod<TRequest, TResponse> next
    ) =>
        (request, responses, context) =>
            interceptor.UseAsync(
                context.GetHttpContext(),
                (request, responses, context, next),
                static (instance, call) =>
                    ((Interceptor)instance).ServerStreamingServerHandler(
                        call.request,
                        call.responses,
                        call.context,
                        call.next
                    )
            );
}

internal sealed class DuplexPipeline<TRequest, TResponse>(IReadOnlyList<InterceptorRegistration> interceptors)
    : Pipeline<DuplexStreamingServerMethod<TRequest, TResponse>>(interceptors)
    where TRequest : class
    where TResponse : class
{
    protected override DuplexStreamingServerMethod<TRequest, TResponse> Wrap(
        Activation interceptor,
        DuplexStreamingServerMethod<TRequest, TResponse> next
    ) =>
        (requests, responses, context) =>
            interceptor.UseAsync(
                context.GetHttpContext(),
                (requests, responses, context, next),
                static (instance, call) =>
                    ((Interceptor)instance).DuplexStreamingServerHandler(
                        call.requests,
                        call.responses,
                        call.context,
                        call.next
                    )
            );
}
