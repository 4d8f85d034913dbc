using Grpc.Core;

namespace Grpc.AspNetCore.Server;

internal sealed class UnaryCallHandler<TRequest, TResponse>(
    CallServer server,
    Method<TRequest, TResponse> method,
    UnaryServerMethod<TRequest, TResponse> handler
) : CallHandler<TRequest, TResponse>(server, method)
    where TRequest : class
    where TResponse : class
{
    protected override async Task CallAsync(HttpCallContext call)
    {
        var request = await new RequestReader(call).ReadSingleAsync(Method.RequestMarshaller.ContextualDeserializer);
        var response = CheckResponse(await handler(request, call));
        await new ResponseStream<TResponse>(call, Method.ResponseMarshaller).WriteSingleAsync(response);
    }
}

internal sealed class ClientStreamingCallHandler<TRequest, TResponse>(
    CallServer server,
    Method<TRequest, TResponse> method,
    ClientStreamingServerMethod<TRequest, TResponse> handler
) : CallHandler<TRequest, TResponse>(server, method)
    where TRequest : class
    where TResponse : class
{
    protected override async Task CallAsync(HttpCallContext call)
    {
        var requests = new RequestStream<TRequest>(call, Method.RequestMarshaller);
        try
        {
            var response = CheckResponse(await handler(requests, call));
            await new ResponseStream<TResponse>(call, Method.ResponseMarshaller).WriteSingleAsync(response);
        }
        finally
        {
            await requests.CloseAsync();
        }
    }
}

internal sealed class ServerStreamingCallHandler<TRequest, TResponse>(
    CallServer server,
    Method<TRequest, TResponse> method,
    ServerStreamingServerMethod<TRequest, TResponse> handler
) : CallHandler<TRequest, TResponse>(server, method)
    where TRequest : class
    where TResponse : class
{
    protected override async Task CallAsync(HttpCallContext call)
    {
        var request = await new RequestReader(call).ReadSingleAsync(Method.RequestMarshaller.ContextualDeserializer);
        var responses = new ResponseStream<TResponse>(call, Method.ResponseMarshaller);
        try
        {
            await handler(request, responses, call);
        }
        finally
        {
            responses.Close();
        }
    }
}

internal sealed class DuplexCallHandler<TRequest, TResponse>(
    CallServer server,
    Method<TRequest, TResponse> method,
    DuplexStreamingServerMethod<TRequest, TResponse> handler
) : CallHandler<TRequest, TResponse>(server, method)
    where TRequest : class
    where TResponse : class
{
    protected override async Task CallAsync(HttpCallContext call)
    {
        var requests = new RequestStream<TRequest>(call, Method.RequestMarshaller);
        var responses = new ResponseStream<TResponse>(call, Method.ResponseMarshaller);
        try
        {
            await handler(requests, responses, call);
        }
        finally
        {
            await requests.CloseAsync();
            responses.Close();
        }
    }
}
