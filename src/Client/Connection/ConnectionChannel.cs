using System.Net;
using Grpc.Net.Client;

namespace Dendrite.Client.Connection;

/// <summary>
/// The channel to one replica. Pings find a connection that a router or a pulled cable has ended without a word: a
/// write into it succeeds for minutes.
/// </summary>
internal static class ConnectionChannel
{
    /// <summary>HttpClient begins with 64 KiB a stream, which is a slow start on a fast link.</summary>
    private const int StreamWindowBytes = 1 << 20;

    public static GrpcChannel Open(string address, ConnectionOptions options) =>
        GrpcChannel.ForAddress(
            address,
            new GrpcChannelOptions { HttpHandler = NewHandler(options), DisposeHttpClient = true }
        );

    /// <summary>What makes the connections of a channel, one by one as calls need them.</summary>
    public static HttpMessageHandler NewHandler(ConnectionOptions options) =>
        new DirectHandler(
            new SocketsHttpHandler
            {
                EnableMultipleHttp2Connections = true,
                AllowAutoRedirect = false,
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                InitialHttp2StreamWindowSize = StreamWindowBytes,
                ConnectTimeout = options.ConnectTimeout,
                KeepAlivePingDelay = options.PingInterval,
                KeepAlivePingTimeout = options.PingTimeout,
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            }
        );
}
