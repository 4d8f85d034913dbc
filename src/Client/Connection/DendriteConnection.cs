using Dendrite.Client.Appending;
using Dendrite.Client.Gateways;
using Dendrite.Client.Reading;
using Grpc.Core;
using Grpc.Net.Client;
using Polly;

namespace Dendrite.Client.Connection;

/// <summary>
/// The way to the platform: one HTTP/2 connection for each replica, shared by any number of writers and readers. Dear
/// to make, cheap to share. Thread-safe.
/// </summary>
/// <example>
/// <code>
/// await using var connection = new DendriteConnection(new() { IngestAddresses = ["http://localhost:5121"], ApiKey =
/// key }); await using var writer = await connection.OpenWriterAsync(new() { Stream = name, Descriptor = stream },
/// cancellation); await writer.WriteAsync(samples, cancellation);            // planar int16, any number of samples
/// await writer.CompleteAsync(finish: true, cancellation);    // returns when everything is durable
/// </code>
/// </example>
public sealed class DendriteConnection : IAsyncDisposable
{
    private readonly GrpcChannel[] channels;
    private readonly Metadata headers;
    private int next = -1;

    public DendriteConnection(ConnectionOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfZero(options.IngestAddresses.Count);
        Options = options;
        channels = options.IngestAddresses.Select(address => ConnectionChannel.Open(address, options)).ToArray();
        Circuit = RetryRules.BuildCircuit(options.Circuit, options.Time);
        headers = new() { { "authorization", $"Bearer {options.ApiKey}" } };
    }

    /// <summary>What it was made with.</summary>
    public ConnectionOptions Options { get; }

    /// <summary>What gateways of this connection open their streams through.</summary>
    internal ResiliencePipeline Circuit { get; }

    /// <summary>
    /// Begins a gateway: it takes samples at once, and needs no platform for it. See <see cref="SignalGateway"/>.
    /// </summary>
    /// <exception cref="Errors.DendriteException">Another gateway is at work in the spool directory, or it is that of
    /// another stream.</exception>
    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    /// <exception cref="IOException">The directory cannot be used.</exception>
    public SignalGateway OpenGateway(GatewayOptions options) => SignalGateway.Start(this, options);

    /// <summary>
    /// Opens a stream for appending, making it if the options hold a descriptor; resumes where it stands.
    /// </summary>
    /// <param name="options">What to write, and how.</param>
    /// <param name="cancellation">Stops the opening; what comes after it is not its business.</param>
    /// <exception cref="Errors.DendriteException">The platform refused, and trying again does not help.</exception>
    /// <exception cref="RpcException">The platform could not be reached for as long as the retry options
    /// allow.</exception>
    public Task<SignalWriter> OpenWriterAsync(WriterOptions options, CancellationToken cancellation) =>
        SignalWriter.OpenAsync(this, options, cancellation);

    /// <summary>
    /// Reads samples: a header, then chunks and gaps by ascending sample. Tries again while the platform is away,
    /// until the header has come; a connection that breaks later is reported. Each chunk's checksum is verified.
    /// </summary>
    /// <param name="request">Which stream, channels, samples, and in which form.</param>
    /// <param name="cancellation">Ends the read.</param>
    public IAsyncEnumerable<V1.ReadSamplesResponse> ReadSamplesAsync(
        V1.ReadSamplesRequest request,
        CancellationToken cancellation
    ) => SampleDownload.ReadAsync(this, request, cancellation);

    /// <summary>The generated client, at the next replica in turn.</summary>
    public V1.IngestService.IngestServiceClient Ingest => new(NextChannel().CreateCallInvoker());

    /// <inheritdoc cref="Ingest"/>
    public V1.QueryService.QueryServiceClient Query => new(NextChannel().CreateCallInvoker());

    /// <summary>The API key and the cancellation, for calls through the generated clients.</summary>
    public CallOptions CallOptions(CancellationToken cancellation) => new(headers, cancellationToken: cancellation);

    public ValueTask DisposeAsync()
    {
        foreach (var channel in channels)
        {
            channel.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Each attempt goes to another replica, so one that is down costs one attempt.</summary>
    private GrpcChannel NextChannel() => channels[(uint)Interlocked.Increment(ref next) % channels.Length];
}
