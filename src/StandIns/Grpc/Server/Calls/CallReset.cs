using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Grpc.AspNetCore.Server;

/// <summary>Tells the client that nothing more comes, in the transport's own words.</summary>
internal static class CallReset
{
    private const int Http2Cancel = 0x8;
    private const int Http3RequestCancelled = 0x10c;

    public static void Cancel(HttpContext context)
    {
        if (context.Features.Get<IHttpResetFeature>() is { } reset)
        {
            reset.Reset(HttpProtocol.IsHttp3(context.Request.Protocol) ? Http3RequestCancelled : Http2Cancel);
        }
        else
        {
            context.Abort();
        }
    }
}
