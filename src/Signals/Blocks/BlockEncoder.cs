using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

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
        int directory = BlockHeader.SizeBytes;
        int start = directory + (channelCount * BlockHeader.DirectoryEntryBytes);
        var block = output.GetSpan(start + planar.Length + FrameLayout.MaxBytes);
        int at = start;
        for (int channel = 0; channel < channelCount; channel++)
        {
            var samples = planar.Slice(channel * channelBytes, channelBytes);
            if (!summaries.IsEmpty)
            {
                summaries[channel] = Summarizer.Summarize(type, samples);
            }
            int length = EncodeChannel(type, samples, block[at..], out var encoding);
            uint entry = (uint)encoding | ((uint)length << 8);
            BinaryPrimitives.WriteUInt32LittleEndian(block[directory..], entry);
            directory += BlockHeader.DirectoryEntryBytes;
            at += length;
        }
        var header = new BlockHeader(type, channelCount, channelBytes / type.SizeBytes(), at - start, Checksum: 0);
        header.Write(block);
        header = header with { Checksum = BlockHeader.ComputeChecksum(block[..at]) };
        BinaryPrimitives.WriteUInt32LittleEndian(block[BlockHeader.ChecksumOffset..], header.Checksum);
        output.Advance(at);
        return header;
    }

    private static int CheckShape(
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

    private static int EncodeChannel(
        SampleType type,
        ReadOnlySpan<byte> samples,
        Span<byte> output,
        out ChannelEncoding encoding
    )
    {
        int size = type.SizeBytes();
        // All samples are equal exactly when the channel equals itself shifted by one sample.
        if (samples[size..].SequenceEqual(samples[..^size]))
        {
            encoding = ChannelEncoding.Constant;
            samples[..size].CopyTo(output);
            return size;
        }
        if (type == SampleType.Int16)
        {
            int length = FrameEncoder.Encode(MemoryMarshal.Cast<byte, short>(samples), output, samples.Length);
            if (length > 0)
            {
                encoding = ChannelEncoding.Frames16;
                return length;
            }
        }
        encoding = ChannelEncoding.Raw;
        samples.CopyTo(output);
        return samples.Length;
    }
}
