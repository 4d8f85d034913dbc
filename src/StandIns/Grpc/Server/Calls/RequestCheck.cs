using Grpc.Core;
using Grpc.Core.Wire;
using Microsoft.AspNetCore.Http;

namespace Grpc.AspNetCore.Server;

/// <summary>Answers requests that are no gRPC calls, before anything is read.</summary>
internal static class RequestCheck
{
    public static bool IsGrpc(HttpRequest request) =>
        HttpMethods.IsPost(request.Method) && WireNames.IsGrpcContentType(request.ContentType);

    /// <summary>
    /// True if the request was refused, with an HTTP status and a gRPC one for clients that look only there.
    /// </summary>
    public static bool Refuses(HttpContext context, CallServer server)
    {
        var request = context.Request;
        if (!WireNames.IsGrpcContentType(request.ContentType))
        {
            if (HttpMethods.IsOptions(request.Method))
            {
                server.Logger.UnhandledCorsPreflightRequest();
                context.Response.Headers.Allow = HttpMethods.Post;
                Refuse(context, StatusCodes.Status405MethodNotAllowed, "A CORS preflight reached the gRPC endpoint.");
                return true;
            }

            server.Logger.UnsupportedRequestContentType(request.ContentType);
            var detail = string.IsNullOrEmpty(request.ContentType)
                ? "Content-Type is missing from the request."
                : $"Content-Type '{request.ContentType}' is not supported.";
            Refuse(context, StatusCodes.Status415UnsupportedMediaType, detail);
            return true;
        }

        if (!HttpProtocol.IsHttp2(request.Protocol) && !HttpProtocol.IsHttp3(request.Protocol))
        {
            server.Logger.UnsupportedRequestProtocol(request.Protocol);
            context.Response.Headers.Upgrade = "h2c";
            var detail = $"Request protocol '{request.Protocol}' is not supported.";
            Refuse(context, StatusCodes.Status426UpgradeRequired, detail);
            return true;
        }

        return false;
    }

    private static void Refuse(HttpContext context, int httpStatus, string detail)
    {
        context.Response.StatusCode = httpStatus;
        ResponseTail.WriteStatus(context.Response, new Status(StatusCode.Internal, detail), trailers: null);
    }
}
