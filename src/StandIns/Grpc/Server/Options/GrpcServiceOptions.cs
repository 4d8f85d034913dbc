using System.IO.Compression;
using Grpc.Net.Compression;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// How services answer calls: for all services, or (the generic one) for one, where it takes precedence.
/// </summary>
public class GrpcServiceOptions
{
    /// <summary>The receive limit where none is set: 4 MiB, as in every gRPC implementation.</summary>
    internal const int DefaultMaxReceiveMessageSize = 4 * 1024 * 1024;

    private int? maxSendMessageSize;
    private int? maxReceiveMessageSize = DefaultMaxReceiveMessageSize;
    private IList<ICompressionProvider>? compressionProviders;

    /// <summary>Largest message sent, in bytes before compression; null (the default) for no limit.</summary>
    public int? MaxSendMessageSize
    {
        get => maxSendMessageSize;
        set
        {
            maxSendMessageSize = value;
            MaxSendMessageSizeSpecified = true;
        }
    }

    /// <summary>Whether <see cref="MaxSendMessageSize"/> was set, to null or otherwise.</summary>
    public bool MaxSendMessageSizeSpecified { get; private set; }

    /// <summary>Largest message received, in bytes after decompression; 4 MiB by default, null for no limit.</summary>
    public int? MaxReceiveMessageSize
    {
        get => maxReceiveMessageSize;
        set
        {
            maxReceiveMessageSize = value;
            MaxReceiveMessageSizeSpecified = true;
        }
    }

    /// <summary>Whether <see cref="MaxReceiveMessageSize"/> was set, to null or otherwise.</summary>
    public bool MaxReceiveMessageSizeSpecified { get; private set; }

    /// <summary>Whether a client sees the text of an unexpected exception; null (the default) for no.</summary>
    public bool? EnableDetailedErrors { get; set; }

    /// <summary>How responses are compressed for clients that accept it; null (the default) for not.</summary>
    public string? ResponseCompressionAlgorithm { get; set; }

    /// <summary>How hard; null for the provider's own level.</summary>
    public CompressionLevel? ResponseCompressionLevel { get; set; }

    /// <summary>The compressions known; gzip and deflate where none is added.</summary>
    public IList<ICompressionProvider> CompressionProviders
    {
        get => compressionProviders ??= [];
        set => compressionProviders = value;
    }

    /// <summary>
    /// Whether calls of unknown services and methods pass to whatever else the application maps; null (the default)
    /// for answering them with UNIMPLEMENTED.
    /// </summary>
    public bool? IgnoreUnknownServices { get; set; }

    /// <summary>Interceptors, outermost first; those of all services come before those of one.</summary>
    public InterceptorCollection Interceptors { get; } = [];

    internal IList<ICompressionProvider>? ConfiguredCompressionProviders => compressionProviders;
}

/// <summary>How <typeparamref name="TService"/> answers calls, where it differs from the rest.</summary>
public class GrpcServiceOptions<TService> : GrpcServiceOptions
    where TService : class;
