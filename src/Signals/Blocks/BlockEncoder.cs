using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks.Fast;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// Encodes planar samples (all of channel 0, then all of channel 1, ...) into a block (docs/block-format.md). Lossless
/// for every sample type and bit pattern. The bytes depend on nothing but the samples. Thread-safe; allocates nothing.
/// </summary>
public static class BlockEncoder
{
    /// <summary>Encodes int16 samples.</summary>
    /// <param name="planar">A whole number of samples for each channel.</param>
    /// <param name="channelCount">Number of channels.</param>
    /// <param name="output">Takes the block in one piece.</param>
    /// <param name="summaries">Empty, or one place for each channel's summary.</param>
    /// <returns>The header of the block written.</returns>
    /// <exception cref="ArgumentException">The samples do not divide by the channels.</exception>
    /// <exception cref="BlockFormatException">More samples or channels than a block holds.</exception>
    public static BlockHeader Encode(
        ReadOnlySpan<short> planar,
        int channelCount,
        IBufferWriter<byte> output,
        Span<ChannelSummary> summaries = default
    ) => Encode(SampleType.Int16, MemoryMarshal.AsBytes(planar), channelCount, output, summaries);

    /// <summary>Encodes samples of any type, given as little-endian bytes.</summary>
    /// <inheritdoc cref="Encode(ReadOnlySpan{short}, int, IBufferWriter{byte}, Span{ChannelSummary})"/>
    public static BlockHeader Encode(
        SampleType type,
        ReadOnlySpan<byte> planar,
        int channelCount,
        IBufferWriter<byte> output,
        Span<ChannelSummary> summaries = default
    )
    {
        int channelBytes = CheckShape(type, planar, channelCount, summaries);
        int sampleCount = channelBytes / type.SizeBytes();
        var writer = new BlockWriter(output, type, channelCount, sampleCount, FastChannelEncoder.SpareBytes);
        for (int channel = 0; channel < channelCount; channel++)
        {
            var samples = planar.Slice(channel * channelBytes, channelBytes);
            var (encoding, length) = FastChannelEncoder.Encode(type, samples, writer.Room, out var summary);
            if (!summaries.IsEmpty)
            {
                summaries[channel] = summary;
            }
            writer.Add(encoding, length);
        }
        return writer.Finish(output);
    }

    /// <summary>Checks what both efforts are given; returns the bytes of one channel.</summary>
    internal static int CheckShape(
        SampleType type,
        ReadOnlySpan<byte> planar,
        int channelCount,
        Span<ChannelSummary> summaries
    )
    {
        int size = type.SizeBytes();
        ArgumentOutOfRangeException.ThrowIfZero(size, nameof(type));
        ArgumentOutOfRangeException.ThrowIfLessThan(channelCount, 1);
        if (planar.Length % ((long)size * channelCount) != 0)
        {
            throw new ArgumentException(
                $"{planar.Length} bytes are not a whole number of {type} samples for {channelCount} channels.",
                nameof(planar)
            );
        }
        if (!summaries.IsEmpty && summaries.Length < channelCount)
        {
            throw new ArgumentException($"Room for {summaries.Length} of {channelCount} summaries.", nameof(summaries));
        }
        BlockHeader.CheckCounts(type, channelCount, planar.Length / size / channelCount);
        LittleEndianHost.Require();
        return planar.Length / channelCount;
    }
}
