using System.Buffers;
using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Spools;

/// <summary>Makes a shorter block of an encoded one, where the stream already holds the beginning of it.</summary>
internal static class BlockCutter
{
    /// <summary>The samples of a block from an index on, encoded anew.</summary>
    /// <param name="block">An encoded block.</param>
    /// <param name="skip">Samples of each channel to leave out.</param>
    /// <exception cref="BlockFormatException">The block is damaged.</exception>
    public static ReadOnlyMemory<byte> From(ReadOnlySpan<byte> block, int skip)
    {
        var opened = SampleBlock.Open(block);
        var header = opened.Header;
        var planar = new byte[header.DecodedBytes];
        opened.Decode(planar);
        var size = header.SampleType.SizeBytes();
        var (from, kept) = (skip * size, (header.SampleCount - skip) * size);
        for (var channel = 0; channel < header.ChannelCount; channel++)
        {
            planar.AsSpan((channel * header.ChannelBytes) + from, kept).CopyTo(planar.AsSpan(channel * kept));
        }

        var output = new ArrayBufferWriter<byte>();
        var rest = planar.AsSpan(0, header.ChannelCount * kept);
        BlockEncoder.Encode(header.SampleType, rest, header.ChannelCount, output);
        return output.WrittenMemory;
    }
}
