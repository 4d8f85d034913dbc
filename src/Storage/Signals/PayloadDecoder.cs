using Dendrite.Errors;
using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>
/// Decodes payloads, once for all blocks that were gathered in one: they follow each other within their channel group.
/// Holds what was decoded last of each group. For one reader, with the same places each time; not thread-safe.
/// </summary>
public sealed class PayloadDecoder
{
    private readonly Dictionary<int, DecodedPayload> last = [];

    /// <summary>The wanted channels of the payload, planar; its first sample is the block's payload start.</summary>
    /// <param name="stored">With its payload.</param>
    /// <param name="places">Which channels of the group, in the order wanted.</param>
    /// <param name="channelBytes">Of one channel of the payload.</param>
    /// <exception cref="DendriteException">DataDamaged: it does not decode.</exception>
    public byte[] Decode(StoredBlock stored, int[] places, out int channelBytes)
    {
        var known = last.GetValueOrDefault(stored.ChannelGroup);
        if (known is null || !ReferenceEquals(known.Payload, stored.Payload))
        {
            var samples = DecodeAnew(stored, places, out var bytes);
            last[stored.ChannelGroup] = known = new(stored.Payload, samples, bytes);
        }

        channelBytes = known.ChannelBytes;
        return known.Samples;
    }

    private static byte[] DecodeAnew(StoredBlock stored, int[] places, out int channelBytes)
    {
        try
        {
            var block = SampleBlock.Open(stored.Payload);
            channelBytes = block.Header.ChannelBytes;
            if (
                places.Length == block.Header.ChannelCount
                && places.AsSpan().IndexOfAnyExceptInRange(0, places.Length - 1) < 0
                && places.Zip(places.Skip(1)).All(pair => pair.First < pair.Second)
            )
            {
                var all = new byte[block.Header.DecodedBytes];
                block.Decode(all);
                return all;
            }

            var samples = new byte[places.Length * channelBytes];
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
                    + $"{damage.Message}",
                damage
            );
        }
    }

    private sealed record DecodedPayload(byte[] Payload, byte[] Samples, int ChannelBytes);
}
