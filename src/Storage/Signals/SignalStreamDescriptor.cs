using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Dendrite.Storage.Signals;

/// <summary>What a stream is: everything about a recording except its samples.</summary>
/// <param name="Name">The id in the resource name, unique among the live streams of a branch.</param>
/// <param name="Rate">How often all channels are sampled.</param>
/// <param name="StartTimeNs">The instant of sample 0, in nanoseconds since 1970-01-01T00:00Z.</param>
/// <param name="Channels">In the order in which blocks hold them; at least one.</param>
public sealed record SignalStreamDescriptor(
    string Name,
    StreamRate Rate,
    long StartTimeNs,
    IReadOnlyList<SignalChannel> Channels
)
{
    /// <summary>The label under which an import notes the SHA-256 of its file.</summary>
    public const string SourceLabel = "source-sha256";

    public string DisplayName { get; init; } = "";

    /// <summary>Samples for each channel in all; null for an open-ended recording.</summary>
    public long? ExpectedSampleCount { get; init; }

    /// <summary>JSON objects: who made the device, the caller's labels, and anything else.</summary>
    public string DeviceJson { get; init; } = "{}";
    public string LabelsJson { get; init; } = "{}";
    public string MetadataJson { get; init; } = "{}";

    public IReadOnlyList<ChannelGroup> Groups => groups ??= ChannelGroup.Of(Channels);

    private IReadOnlyList<ChannelGroup>? groups;

    /// <summary>
    /// SHA-256 over what writers and readers must agree on to understand blocks: the rate, and of each channel its
    /// label, sample type, group, unit, scale and offset. What is for people may change without changing the layout.
    /// </summary>
    public byte[] ComputeLayoutDigest()
    {
        using var layout = new MemoryStream();
        using (var writer = new BinaryWriter(layout, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Rate.Samples);
            writer.Write(Rate.Seconds);
            writer.Write(Channels.Count);
            foreach (var channel in Channels)
            {
                writer.Write(channel.Label);
                writer.Write((byte)channel.SampleType);
                writer.Write(channel.ChannelGroup);
                writer.Write(channel.Unit);
                writer.Write(channel.Scale);
                writer.Write(channel.Offset);
            }
        }

        return SHA256.HashData(layout.GetBuffer().AsSpan(0, (int)layout.Length));
    }
}

/// <summary>An exact rate in lowest terms: <c>Samples</c> in <c>Seconds</c>; 0 samples: irregular.</summary>
public readonly record struct StreamRate(long Samples, long Seconds)
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>The same rate in lowest terms.</summary>
    public StreamRate Reduce()
    {
        var (a, b) = (Samples, Seconds);
        while (b != 0)
        {
            (a, b) = (b, a % b);
        }

        return new(Samples / a, Seconds / a);
    }

    /// <summary>From sample 0 to the sample, in nanoseconds, rounded down; saturates.</summary>
    public long ToNanoseconds(long sample) =>
        Samples == 0 ? 0 : Saturate((BigInteger)sample * Seconds * NanosecondsPerSecond / Samples);

    /// <summary>The first sample that is not before the time since sample 0; negative before it; saturates.</summary>
    public long SampleAtOrAfter(long nanoseconds)
    {
        var divisor = (BigInteger)Seconds * NanosecondsPerSecond;
        var product = (BigInteger)nanoseconds * Samples;
        var floor = product / divisor;
        return Saturate(product > 0 && product % divisor != 0 ? floor + 1 : floor);
    }

    private static long Saturate(BigInteger value) => (long)BigInteger.Clamp(value, long.MinValue, long.MaxValue);
}
