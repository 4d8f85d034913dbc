using System.Reflection;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Grpc.AspNetCore.Server;

/// <summary>A method with its handler and the metadata of its endpoint, weakest first.</summary>
internal sealed record BoundMethod(IMethod Method, RequestDelegate Handle, IReadOnlyList<object> Metadata);

/// <summary>
/// Finds what <typeparamref name="TService"/> implements of each method that the generated code lists.
/// </summary>
internal sealed class ServiceMethodBinder<TService>(CallServer server) : ServiceBinderBase
    where TService : class
{
    private readonly Activation activation = new(typeof(TService), []);

    public List<BoundMethod> Methods { get; } = [];

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        UnaryServerMethod<TRequest, TResponse>? handler
    )
    {
        var implementation = Find(method, typeof(TRequest), typeof(ServerCallContext));
        var invoke = implementation.CreateDelegate<Func<TService, TRequest, ServerCallContext, Task<TResponse>>>();
        var pipeline = new UnaryPipeline<TRequest, TResponse>(server.Settings.Interceptors);
        var call = pipeline.Build(
            (request, context) =>
                activation.UseAsync(
                    context.GetHttpContext(),
                    (invoke, request, context),
                    static (service, call) => call.invoke((TService)service, call.request, call.context)
                )
        );
        Add(method, implementation, new UnaryCallHandler<TRequest, TResponse>(server, method, call).HandleAsync);
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ClientStreamingServerMethod<TRequest, TResponse>? handler
    )
    {
        var implementation = Find(method, typeof(IAsyncStreamReader<TRequest>), typeof(ServerCallContext));
        var invoke = implementation.CreateDelegate<
            Func<TService, IAsyncStreamReader<TRequest>, ServerCallContext, Task<TResponse>>
        >();
        var pipeline = new ClientStreamingPipeline<TRequest, TResponse>(server.Settings.Interceptors);
        var call = pipeline.Build(
            (requests, context) =>
                activation.UseAsync(
                    context.GetHttpContext(),
                    (invoke, requests, context),
                    static (service, call) => call.invoke((TService)service, call.requests, call.context)
                )
        );
        var handling = new ClientStreamingCallHandler<TRequest, TResponse>(server, method, call);
        Add(method, implementation, handling.HandleAsync);
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        ServerStreamingServerMethod<TRequest, TResponse>? handler
    )
    {
        var implementation = Find(
            method,
            typeof(TRequest),
            typeof(IServerStreamWriter<TResponse>),
            typeof(ServerCallContext)
        );
        var invoke = implementation.CreateDelegate<
            Func<TService, TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>
        >();
        var pipeline = new ServerStreamingPipeline<TRequest, TResponse>(server.Settings.Interceptors);
        var call = pipeline.Build(
            (request, responses, context) =>
                activation.UseAsync(
                    context.GetHttpContext(),
                    (invoke, request, responses, context),
                    static (service, call) => call.invoke((TService)service, call.request, call.responses, call.context)
                )
        );
        var handling = new ServerStreamingCallHandler<TRequest, TResponse>(server, method, call);
        Add(method, implementation, handling.HandleAsync);
    }

    public override void AddMethod<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        DuplexStreamingServerMethod<TRequest, TResponse>? handler
    )
    {
        var implementation = Find(
            method,
            typeof(IAsyncStreamReader<TRequest>),
            typeof(IServerStreamWriter<TResponse>),
            typeof(ServerCallContext)
        );
        var invoke = implementation.CreateDelegate<
            Func<TService, IAsyncStreamReader<TRequest>, IServerStreamWriter<TResponse>, ServerCallContext, Task>
        >();
        var pipeline = new DuplexPipeline<TRequest, TResponse>(server.Settings.Interceptors);
        var call = pipeline.Build(
            (requests, responses, context) =>
                activation.UseAsync(
                    context.GetHttpContext(),
                    (invoke, requests, responses, context),
                    static (service, call) =>
                        call.invoke((TService)service, call.requests, call.responses, call.context)
                )
        );
        Add(method, implementation, new DuplexCallHandler<TRequest, TResponse>(server, method, call).HandleAsync);
    }

    private static MethodInfo Find(IMethod method, params Type[] parameters) =>
        typeof(TService).GetMethod(method.Name, BindingFlags.Public | BindingFlags.Instance, parameters)
        ?? throw new InvalidOperationException($"{typeof(TService)} has no method for {method.FullName}.");

    private void Add(IMethod method, MethodInfo implementation, RequestDelegate handle) =>
        Methods.Add(
            new BoundMethod(
                method,
                handle,
                [
                    .. typeof(TService).GetCustomAttributes(inherit: true),
                    .. implementation.GetCustomAttributes(inherit: true),
                    new HttpMethodMetadata([HttpMethods.Post], acceptCorsPreflight: true),
                ]
            )
        );
}
