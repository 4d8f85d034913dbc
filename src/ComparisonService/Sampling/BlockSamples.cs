using Dendrite.Errors;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Sampling;

/// <summary>Decodes chosen channels of stored blocks.</summary>
internal static class BlockSamples
{
    /// <summary>The samples of the channels at these places, one channel after the other.</summary>
    /// <param name="places">Indexes into the channels of the block's group, ascending.</param>
    /// <param name="channelBytes">Size of each channel's samples.</param>
    /// <exception cref="DendriteException">DATA_DAMAGED.</exception>
    public static byte[] Decode(StoredBlock stored, int[] places, out int channelBytes)
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
