using System.Net.Sockets;
using Grpc.Core;

namespace Grpc.Net.Client;

/// <summary>What a failed transport means for a call.</summary>
internal static class TransportError
{
    public static Status ToStatus(Exception error) => new(CodeOf(error), Describe(error), error);

    private static StatusCode CodeOf(Exception error)
    {
        var isTransport = false;
        for (var cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException protocol)
            {
                return FromHttp2(protocol.ErrorCode);
            }

            isTransport |= cause is SocketException or IOException;
        }

        return isTransport ? StatusCode.Unavailable : StatusCode.Internal;
    }

    private static string Describe(Exception error)
    {
        var detail = $"Error in the gRPC call. {error.GetType().Name}: {error.Message}";
        for (var cause = error.InnerException; cause is not null; cause = cause.InnerException)
        {
            detail += $" {cause.GetType().Name}: {cause.Message}";
        }

        return detail;
    }

    /// <summary>The specification's table of HTTP/2 error codes.</summary>
    private static StatusCode FromHttp2(long errorCode) =>
        errorCode switch
        {
            // NO_ERROR before a status is how a server that shuts down says goodbye; the specification has INTERNAL,
            // which would keep callers from trying the next replica.
            0x0 => StatusCode.Unavailable,
            0x7 => StatusCode.Unavailable, // REFUSED_STREAM
            0x8 => StatusCode.Cancelled, // CANCEL
            0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
            0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
            0x10b => StatusCode.Unavailable, // H3_REQUEST_REJECTED
            0x10c => StatusCode.Cancelled, // H3_REQUEST_CANCELLED
            _ => StatusCode.Internal,
        };
}
