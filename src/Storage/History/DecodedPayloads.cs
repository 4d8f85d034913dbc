using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.Storage.History;

/// <summary>
/// The payload last read of each channel group of each stream, decoded once for all blocks that were gathered in it.
/// Not thread-safe.
/// </summary>
internal sealed class DecodedPayloads
{
    private readonly Dictionary<(long Stream, int Group), (byte[] Payload, byte[]? Samples)> last = [];

    /// <summary>Takes the payload of the blocks that come next.</summary>
    public void Put(long stream, int group, byte[] payload) => last[(stream, group)] = (payload, null);

    /// <summary>SHA-256 of a block's samples; null where the payload does not hold them, or nothing else.</summary>
    /// <param name="stream">The block's stream.</param>
    /// <param name="group">Its channel group.</param>
    /// <param name="start">Index of the first sample that the payload holds.</param>
    /// <param name="block">The samples of the block.</param>
    /// <param name="header">As of a block of these samples alone.</param>
    /// <exception cref="BlockFormatException">The payload is damaged.</exception>
    public byte[]? Digest(long stream, int group, long start, SampleRange block, out BlockHeader header)
    {
        header = default;
        if (!last.TryGetValue((stream, group), out var held))
        {
            return null;
        }

        var opened = SampleBlock.Open(held.Payload);
        header = opened.Header with { SampleCount = (int)block.Count };
        if (held.Samples is null)
        {
            held.Samples = new byte[opened.Header.DecodedBytes];
            opened.Decode(held.Samples);
            last[(stream, group)] = held;
        }

        return block.Start >= start && block.End <= start + opened.Header.SampleCount
            ? PlanarPart.Digest(held.Samples, opened.Header, new(block.Start - start, block.End - start))
            : null;
    }
}
