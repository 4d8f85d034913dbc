using System.Diagnostics.Metrics;

namespace Dendrite.Client.Gateways;

/// <summary>
/// What gateways measure of themselves, under the meter <see cref="MeterName"/>; each figure bears the tag
/// <c>dendrite.stream</c>. Samples are counted for each channel group once, not for each channel.
/// </summary>
public sealed class GatewayMeter
{
    public const string MeterName = "Dendrite.Client";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Taken = Meter.CreateCounter<long>(
        "dendrite.gateway.samples.taken",
        "{sample}",
        "Samples taken from the device."
    );

    private static readonly Counter<long> LostCounter = Meter.CreateCounter<long>(
        "dendrite.gateway.samples.lost",
        "{sample}",
        "Samples dropped for want of room, and declared as gaps."
    );

    private static readonly Counter<long> Blocks = Meter.CreateCounter<long>(
        "dendrite.gateway.blocks.acknowledged",
        "{block}",
        "Blocks that are durable."
    );

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>(
        "dendrite.gateway.bytes.acknowledged",
        "By",
        "Encoded samples that are durable."
    );

    private static readonly Counter<long> Connections = Meter.CreateCounter<long>(
        "dendrite.gateway.connections",
        "{connection}",
        "Streams opened, the first time and again."
    );

    private static readonly Histogram<double> Acknowledgement = Meter.CreateHistogram<double>(
        "dendrite.gateway.acknowledgement.duration",
        "s",
        "From the sending of a message until it is durable."
    );

    private static readonly Gauge<long> Pending = Meter.CreateGauge<long>(
        "dendrite.gateway.spool.pending",
        "By",
        "In the spool and not known to be durable."
    );

    private static readonly Gauge<long> BlockBytes = Meter.CreateGauge<long>(
        "dendrite.gateway.block.size",
        "By",
        "Raw samples in a full block."
    );

    private static readonly Counter<long> HostFailures = Meter.CreateCounter<long>(
        "dendrite.gateway.host.failures",
        "{failure}",
        "Exceptions out of the host's own event handler."
    );

    private readonly KeyValuePair<string, object?> stream;

    internal GatewayMeter(string stream) => this.stream = new("dendrite.stream", stream);

    internal static void OnHostFailure() => HostFailures.Add(1);

    internal void OnTaken(long samples) => Taken.Add(samples, stream);

    internal void OnLost(long samples) => LostCounter.Add(samples, stream);

    internal void OnConnected() => Connections.Add(1, stream);

    internal void OnAcknowledged(long bytes, bool isBlock, TimeSpan elapsed)
    {
        Acknowledgement.Record(elapsed.TotalSeconds, stream);
        if (isBlock)
        {
            Blocks.Add(1, stream);
            Bytes.Add(bytes, stream);
        }
    }

    internal void OnState(long pendingBytes, int blockBytes)
    {
        Pending.Record(pendingBytes, stream);
        BlockBytes.Record(blockBytes, stream);
    }
}
