using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks.Dense;
using Dendrite.Signals.Blocks.Fast;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// Encodes planar samples into a block with the dense effort: for blocks that are settled and will be kept. Any reader
/// of blocks reads them. Takes about a microsecond a sample where <see cref="BlockEncoder"/> takes two nanoseconds.
/// Reusable; not thread-safe.
/// </summary>
public sealed class DenseBlockEncoder
{
    private readonly DenseChannelEncoder channels = new();
    private readonly ReferenceChoice choice = new();

    /// <summary>Encodes samples of any type, given as little-endian bytes.</summary>
    /// <inheritdoc cref="BlockEncoder.Encode(ReadOnlySpan{short}, int, IBufferWriter{byte}, Span{ChannelSummary})"/>
    public BlockHeader Encode(
        SampleType type,
        ReadOnlySpan<byte> planar,
        int channelCount,
        IBufferWriter<byte> output,
        Span<ChannelSummary> summaries = default
    )
    {
        int channelBytes = BlockEncoder.CheckShape(type, planar, channelCount, summaries);
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
            if (type == SampleType.Int16)
            {
                var all = MemoryMarshal.Cast<byte, short>(planar);
                var dense = EncodeDensely(all, channel, sampleCount, isConstant: encoding == ChannelEncoding.Constant);
                if (dense is { } found && channels.Payload.Length < length)
                {
                    channels.Payload.CopyTo(writer.Room);
                    (length, encoding) = (channels.Payload.Length, found);
                }
            }
            writer.Add(encoding, length);
        }
        return writer.Finish(output);
    }

    /// <summary>
    /// Encodes a channel to the encoder's payload; every channel passes, as it may be a reference of others.
    /// </summary>
    private ChannelEncoding? EncodeDensely(ReadOnlySpan<short> planar, int channel, int sampleCount, bool isConstant)
    {
        int place = channel % DenseLayout.ChannelGroup;
        if (place == 0)
        {
            choice.Begin();
        }
        var samples = planar.Slice(channel * sampleCount, sampleCount);
        var references = choice.Next(samples, channel - place);
        return isConstant ? null : channels.Encode(samples, channel, new(planar, sampleCount, references));
    }
}
