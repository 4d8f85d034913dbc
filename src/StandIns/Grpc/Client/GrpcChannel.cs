using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Grpc.Net.Client;

/// <summary>
/// A server, and the connections to it: dear to make, cheap to share, for as many clients and calls as there are.
/// Thread-safe.
/// </summary>
public sealed class GrpcChannel : ChannelBase, IDisposable
{
    // HttpClient begins with 64 KiB a stream and widens as it learns the round trip; on a fast link that is a slow
    // start.
    private const int InitialStreamWindowBytes = 1024 * 1024;

    private readonly ConcurrentDictionary<string, Uri> methodUris = new(StringComparer.Ordinal);
    private readonly HttpMessageInvoker invoker;
    private readonly bool ownsInvoker;
    private readonly ChannelCallInvoker callInvoker;

    private GrpcChannel(Uri address, GrpcChannelOptions options)
        : base(address.Authority)
    {
        Address = address;
        Options = options;
        Compression = new MessageCompression(
            (IEnumerable<ICompressionProvider>?)options.CompressionProviders ?? MessageCompression.DefaultProviders
        );
        IsSecure = CheckCredentials(address, options);
        (invoker, ownsInvoker) = CreateInvoker(options);
        HttpVersion = options.HttpVersion ?? System.Net.HttpVersion.Version20;
        HttpVersionPolicy = options.HttpVersionPolicy ?? System.Net.Http.HttpVersionPolicy.RequestVersionExact;
        CallCredentials = [.. options.Credentials?.CallCredentials ?? []];
        callInvoker = new ChannelCallInvoker(this);
    }

    internal Uri Address { get; }

    internal GrpcChannelOptions Options { get; }

    internal MessageCompression Compression { get; }

    internal bool IsSecure { get; }

    internal Version HttpVersion { get; }

    internal HttpVersionPolicy HttpVersionPolicy { get; }

    internal IReadOnlyList<CallCredentials> CallCredentials { get; }

    internal ActiveCalls ActiveCalls { get; } = new();

    internal TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>A channel to <paramref name="address"/>, such as <c>http://localhost:5111</c>.</summary>
    public static GrpcChannel ForAddress(string address) => ForAddress(address, new GrpcChannelOptions());

    /// <summary>A channel to <paramref name="address"/> with options.</summary>
    public static GrpcChannel ForAddress(string address, GrpcChannelOptions channelOptions) =>
        ForAddress(new Uri(address), channelOptions);

    /// <summary>A channel to <paramref name="address"/>.</summary>
    public static GrpcChannel ForAddress(Uri address) => ForAddress(address, new GrpcChannelOptions());

    /// <summary>A channel to <paramref name="address"/> with options.</summary>
    public static GrpcChannel ForAddress(Uri address, GrpcChannelOptions channelOptions)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(channelOptions);
        return new GrpcChannel(address, channelOptions);
    }

    /// <inheritdoc />
    public override CallInvoker CreateCallInvoker()
    {
        ObjectDisposedException.ThrowIf(ActiveCalls.IsClosed, this);
        return callInvoker;
    }

    /// <summary>Cancels the calls under way and closes the connections that are the channel's own.</summary>
    public void Dispose()
    {
        ActiveCalls.Close();
        if (ownsInvoker)
        {
            invoker.Dispose();
        }
    }

    internal Uri UriOf(IMethod method) =>
        methodUris.GetOrAdd(method.FullName, static (path, address) => new Uri(address, path), Address);

    /// <summary>The response as soon as its headers are there.</summary>
    internal Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        invoker is HttpClient client
            ? client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            : invoker.SendAsync(request, cancellationToken);

    private static bool CheckCredentials(Uri address, GrpcChannelOptions options)
    {
        var isSecure = address.Scheme == Uri.UriSchemeHttps;
        if (!isSecure && address.Scheme != Uri.UriSchemeHttp)
        {
            throw new InvalidOperationException($"The address '{address}' is neither http nor https.");
        }

        if (options.Credentials is { } credentials && credentials.IsSecure != isSecure)
        {
            throw new InvalidOperationException(
                $"Channel is configured with {(isSecure ? "insecure" : "secure")} channel credentials and can't use "
                    + $"the address '{address}': change its scheme or the credentials."
            );
        }

        if (!isSecure && !options.UnsafeUseInsecureChannelCallCredentials && HasCallCredentials(options))
        {
            throw new InvalidOperationException(
                "CallCredentials can't be composed with InsecureCredentials: use an https address, or set "
                    + $"{nameof(GrpcChannelOptions.UnsafeUseInsecureChannelCallCredentials)}."
            );
        }

        return isSecure;
    }

    private static bool HasCallCredentials(GrpcChannelOptions options) =>
        options.Credentials?.CallCredentials.Any() == true;

    private static (HttpMessageInvoker Invoker, bool Owned) CreateInvoker(GrpcChannelOptions options)
    {
        if (options is { HttpClient: not null, HttpHandler: not null })
        {
            throw new ArgumentException("HttpClient and HttpHandler cannot both be given.", nameof(options));
        }

        if (options.HttpClient is { } client)
        {
            return (client, options.DisposeHttpClient);
        }

        return options.HttpHandler is { } handler
            ? (new HttpMessageInvoker(handler, options.DisposeHttpClient), true)
            : (new HttpMessageInvoker(CreateHandler()), true);
    }

    private static SocketsHttpHandler CreateHandler() =>
        new()
        {
            EnableMultipleHttp2Connections = true,
            AllowAutoRedirect = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            InitialHttp2StreamWindowSize = InitialStreamWindowBytes,
        };
}
