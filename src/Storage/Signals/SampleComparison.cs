using System.Buffers;
using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>
/// Compares samples, not bytes: blocks may be cut elsewhere by a gateway that was restarted, and encoded anew by a
/// compactor.
/// </summary>
public static class SampleComparison
{
    /// <summary>Whether two blocks of one channel group hold the same samples in a range that both have.</summary>
    /// <param name="block">Encoded.</param>
    /// <param name="firstSample">Index of its first sample in the stream.</param>
    /// <param name="stored">The other one.</param>
    /// <param name="common">Within both blocks.</param>
    /// <exception cref="BlockFormatException">A block does not decode.</exception>
    public static bool AreSame(ReadOnlySpan<byte> block, long firstSample, StoredBlock stored, SampleRange common)
    {
        var given = Decode(block, out var header);
        var kept = Decode(stored.Payload, out var other);
        try
        {
            var sampleBytes = header.SampleType.SizeBytes();
            for (var channel = 0; channel < header.ChannelCount; channel++)
            {
                var mine = channel * header.ChannelBytes + (int)(common.Start - firstSample) * sampleBytes;
                var theirs = channel * other.ChannelBytes + (int)(common.Start - stored.PayloadStart) * sampleBytes;
                var length = (int)common.Count * sampleBytes;
                if (!given.AsSpan(mine, length).SequenceEqual(kept.AsSpan(theirs, length)))
                {
                    return false;
                }
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(given);
            ArrayPool<byte>.Shared.Return(kept);
        }
    }

    private static byte[] Decode(ReadOnlySpan<byte> payload, out BlockHeader header)
    {
        var opened = SampleBlock.Open(payload);
        header = opened.Header;
        var samples = ArrayPool<byte>.Shared.Rent(header.DecodedBytes);
        opened.Decode(samples.AsSpan(0, header.DecodedBytes));
        return samples;
    }
}
