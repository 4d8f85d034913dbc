using Dendrite.Client.Connection;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>Gateways that share a connection to the Ingest service.</summary>
internal sealed class AppendLoad : IStorageLoad
{
    /// <summary>Unacknowledged blocks that all gateways of the process may hold, and each of them.</summary>
    private const long BytesInFlight = 256 << 20;
    private const long BytesInFlightEach = 16 << 20;
    private readonly DendriteConnection connection;
    private readonly Gateway[] gateways;
    private readonly RecordingShape shape;

    private AppendLoad(DendriteConnection connection, Gateway[] gateways, RecordingShape shape, double bitsPerSample)
    {
        this.connection = connection;
        this.gateways = gateways;
        this.shape = shape;
        BitsPerSample = bitsPerSample;
    }

    public double BitsPerSample { get; }

    public static async Task<AppendLoad> OpenAsync(OpenLoad open)
    {
        var connection = new DendriteConnection(new() { IngestAddresses = [open.Address], ApiKey = open.ApiKey });
        var ring = BlockRing.Of(open.Shape);
        var inFlight = Math.Min(BytesInFlightEach, BytesInFlight / open.Targets.Count);
        var gateways = await Task.WhenAll(
            open.Targets.Select(
                (stream, number) => Gateway.OpenAsync(connection, stream, (open.Shape, ring, number), inFlight)
            )
        );
        return new(connection, gateways, open.Shape, ring.BitsPerSample);
    }

    public Task WriteAsync(int count) =>
        // Encoding is the caller's work, as in a gateway of one device: each has a thread of its own.
        Shares.RunAsync(
            count,
            gateways.Length,
            (gateway, blocks) => Task.Run(() => gateways[gateway].WriteAsync(blocks))
        );

    public Task<double[]> WriteAtPaceAsync(TimeSpan length) =>
        Pace.RunAsync(gateways.Length, shape.BlockTime, length, gateway => gateways[gateway].HandOverAsync());

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(gateways.Select(gateway => gateway.DisposeAsync().AsTask()));
        await connection.DisposeAsync();
    }
}
