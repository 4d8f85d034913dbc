using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Net.Client;

/// <summary>How a <see cref="GrpcChannel"/> reaches its server.</summary>
public sealed class GrpcChannelOptions
{
    /// <summary>The receive limit where none is set: 4 MiB, as in every gRPC implementation.</summary>
    private const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    /// <summary>Encryption, and what each call adds; null for what the address says.</summary>
    public ChannelCredentials? Credentials { get; set; }

    /// <summary>Largest message sent, in bytes before compression; null (the default) for no limit.</summary>
    public int? MaxSendMessageSize { get; set; }

    /// <summary>Largest message received, in bytes after decompression; 4 MiB by default, null for no limit.</summary>
    public int? MaxReceiveMessageSize { get; set; } = DefaultMaxReceiveMessageSize;

    /// <summary>The compressions known; null (the default) for gzip and deflate.</summary>
    public IList<ICompressionProvider>? CompressionProviders { get; set; }

    /// <summary>An HTTP client to call through, or null; not together with <see cref="HttpHandler"/>.</summary>
    public HttpClient? HttpClient { get; set; }

    /// <summary>
    /// A handler to call through, such as a <see cref="SocketsHttpHandler"/> with keep-alive pings; null for the
    /// channel's own. Not together with <see cref="HttpClient"/>.
    /// </summary>
    public HttpMessageHandler? HttpHandler { get; set; }

    /// <summary>
    /// Whether the client or handler given is disposed with the channel; the channel's own always is.
    /// </summary>
    public bool DisposeHttpClient { get; set; }

    /// <summary>
    /// Whether a call that its own token or deadline ends throws <see cref="OperationCanceledException"/> instead of
    /// <see cref="RpcException"/>.
    /// </summary>
    public bool ThrowOperationCanceledOnCancellation { get; set; }

    /// <summary>
    /// Whether call credentials are sent without encryption; if not, an insecure channel leaves them out.
    /// </summary>
    public bool UnsafeUseInsecureChannelCallCredentials { get; set; }

    /// <summary>The HTTP version asked for; null for HTTP/2.</summary>
    public Version? HttpVersion { get; set; }

    /// <summary>Whether another version will do; null for no.</summary>
    public HttpVersionPolicy? HttpVersionPolicy { get; set; }
}
