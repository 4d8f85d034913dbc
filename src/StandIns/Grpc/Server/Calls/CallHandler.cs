using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Timeouts;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Grpc.AspNetCore.Server;

/// <summary>Answers the calls of one method.</summary>
internal abstract class CallHandler<TRequest, TResponse>(CallServer server, Method<TRequest, TResponse> method)
    where TRequest : class
    where TResponse : class
{
    protected Method<TRequest, TResponse> Method => method;

    public Task HandleAsync(HttpContext context)
    {
        if (RequestCheck.Refuses(context, server))
        {
            return Task.CompletedTask;
        }

        Unlimit(context);
        ResponseTail.StartHeaders(context.Response);
        return RunAsync(new HttpCallContext(context, server));
    }

    protected abstract Task CallAsync(HttpCallContext call);

    private async Task RunAsync(HttpCallContext call)
    {
        try
        {
            await CallAsync(call);
        }
        catch (Exception error)
        {
            await call.FailAsync(error, method);
            return;
        }

        await call.EndAsync();
    }

    /// <summary>
    /// Kestrel's limits are for uploads of one body: a stream may be slow and endless. A message has its own limit.
    /// </summary>
    private void Unlimit(HttpContext context)
    {
        if (
            context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } bodySize
            && bodySize.MaxRequestBodySize is not null
        )
        {
            bodySize.MaxRequestBodySize = null;
        }

        if (method.Type == MethodType.Unary)
        {
            return;
        }

        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } dataRate)
        {
            dataRate.MinDataRate = null;
        }

        if (!HasOwnTimeout(context.GetEndpoint()))
        {
            context.Features.Get<IHttpRequestTimeoutFeature>()?.DisableTimeout();
        }
    }

    private static bool HasOwnTimeout(Endpoint? endpoint) =>
        endpoint is not null
        && (
            endpoint.Metadata.GetMetadata<RequestTimeoutAttribute>() is not null
            || endpoint.Metadata.GetMetadata<RequestTimeoutPolicy>() is not null
        );

    protected static TResponse CheckResponse(TResponse? response) =>
        response ?? throw new RpcException(new Status(StatusCode.Cancelled, "No message returned from method."));
}
