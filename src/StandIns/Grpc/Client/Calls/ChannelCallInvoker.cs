using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>Makes calls over a channel.</summary>
internal sealed class ChannelCallInvoker(GrpcChannel channel) : CallInvoker
{
    private static readonly Func<object, Task<Metadata>> Headers = static call => ((HttpCall)call).ResponseHeadersAsync;
    private static readonly Func<object, Status> Status = static call => ((HttpCall)call).GetStatus();
    private static readonly Func<object, Metadata> Trailers = static call => ((HttpCall)call).GetTrailers();
    private static readonly Action<object> Dispose = static call => ((HttpCall)call).Dispose();

    // The interface is the official one: whoever calls this has chosen to block the thread.
    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    ) => AsyncUnaryCall(method, host, options, request).GetAwaiter().GetResult();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    )
    {
        var call = new HttpCall<TRequest, TResponse>(channel, method, options);
        var response = call.StartForOneResponse(new SingleMessageContent<TRequest, TResponse>(call, request));
        return new AsyncUnaryCall<TResponse>(response, Headers, Status, Trailers, Dispose, call);
    }

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options,
        TRequest request
    )
    {
        var call = new HttpCall<TRequest, TResponse>(channel, method, options);
        var responses = call.StartForManyResponses(new SingleMessageContent<TRequest, TResponse>(call, request));
        return new AsyncServerStreamingCall<TResponse>(responses, Headers, Status, Trailers, Dispose, call);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options
    )
    {
        var call = new HttpCall<TRequest, TResponse>(channel, method, options);
        var requests = call.OpenRequests();
        var response = call.StartForOneResponse(new MessageStreamContent(requests));
        return new AsyncClientStreamingCall<TRequest, TResponse>(
            requests,
            response,
            Headers,
            Status,
            Trailers,
            Dispose,
            call
        );
    }

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method,
        string? host,
        CallOptions options
    )
    {
        var call = new HttpCall<TRequest, TResponse>(channel, method, options);
        var requests = call.OpenRequests();
        var responses = call.StartForManyResponses(new MessageStreamContent(requests));
        return new AsyncDuplexStreamingCall<TRequest, TResponse>(
            requests,
            responses,
            Headers,
            Status,
            Trailers,
            Dispose,
            call
        );
    }
}
