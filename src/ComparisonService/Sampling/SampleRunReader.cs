using System.Runtime.CompilerServices;
using Dendrite.Errors;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Sampling;

/// <summary>Reads chosen channels of a stream, block by block in the order of samples. Thread-safe.</summary>
internal sealed class SampleRunReader(BlockStore blocks)
{
    /// <summary>
    /// What is to be seen of the range: what no block holds, and what masks hide of all channels, is left out. Holds
    /// one page of payloads and one decoded block of each channel group.
    /// </summary>
    /// <param name="channels">Indexes into the stream's channels.</param>
    /// <exception cref="DendriteException">DATA_DAMAGED.</exception>
    public async IAsyncEnumerable<SampleRun> ReadAsync(
        SampledStream stream,
        IReadOnlyCollection<int> channels,
        SampleRange range,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var groups = SampledGroup.Of(stream.Descriptor, channels);
        Dictionary<int, (byte[] Payload, byte[] Samples, int ChannelBytes)> last = [];
        var id = stream.Stream.StreamId;
        await foreach (
            var block in blocks.ReadAsync(stream.Project, stream.Snapshot, id, groups.Keys, range, cancellation)
        )
        {
            var seen = block.Visible.Intersect(range);
            if (seen.IsEmpty)
            {
                continue;
            }

            var group = groups[block.ChannelGroup];
            // Blocks that were gathered share a payload and follow each other.
            if (
                !last.TryGetValue(block.ChannelGroup, out var decoded)
                || !ReferenceEquals(decoded.Payload, block.Payload)
            )
            {
                var samples = Decode(block, group.Places, out var channelBytes);
                last[block.ChannelGroup] = decoded = (block.Payload, samples, channelBytes);
            }

            yield return new(block, seen, group, decoded.Samples, decoded.ChannelBytes);
        }
    }

    private static byte[] Decode(StoredBlock stored, int[] places, out int channelBytes)
    {
        try
        {
            var block = SampleBlock.Open(stored.Payload);
            channelBytes = block.Header.ChannelBytes;
            var samples = new byte[places.Length * channelBytes];
            // Ascending places, as many as there are, are all of them in order.
            if (places.Length == block.Header.ChannelCount)
            {
                block.Decode(samples);
                return samples;
            }

            for (var i = 0; i < places.Length; i++)
            {
                block.DecodeChannel(places[i], samples.AsSpan(i * channelBytes, channelBytes));
            }

            return samples;
        }
        catch (BlockFormatException damage)
        {
            throw new DendriteException(
                ErrorReason.DataDamaged,
                $"The stored block at sample {stored.FirstSample} (version {stored.Version}) is damaged: "
                    + $"{damage.Message}; dendrite verify --data says what else is.",
                damage
            );
        }
    }
}

/// <summary>A stream as a snapshot shows it.</summary>
internal sealed record SampledStream(ProjectId Project, Snapshot Snapshot, SignalStream Stream)
{
    public SignalStreamDescriptor Descriptor => Stream.Descriptor;

    /// <summary>Samples of the recording, missing ones included.</summary>
    public long Length => Stream.Progress.NextSample;

    /// <summary>In Hz; 0: irregular.</summary>
    public double Rate => (double)Descriptor.Rate.Samples / Descriptor.Rate.Seconds;
}
