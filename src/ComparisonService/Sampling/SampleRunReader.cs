using System.Runtime.CompilerServices;
using Dendrite.Errors;
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
                var samples = BlockSamples.Decode(block, group.Places, out var channelBytes);
                last[block.ChannelGroup] = decoded = (block.Payload, samples, channelBytes);
            }

            yield return new(block, seen, group, decoded.Samples, decoded.ChannelBytes);
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
