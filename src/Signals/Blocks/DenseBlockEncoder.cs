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
    private readonly SplitChannels split = new();

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
        var numbers = Numbers(type, planar, channelCount);
        for (int channel = 0; channel < channelCount; channel++)
        {
            var samples = planar.Slice(channel * channelBytes, channelBytes);
            var (encoding, length) = FastChannelEncoder.Encode(type, samples, writer.Room, out var summary);
            if (!summaries.IsEmpty)
            {
                summaries[channel] = summary;
            }
            if (
                !numbers.IsEmpty
                && EncodeDensely(numbers, channel, sampleCount, isConstant: encoding == ChannelEncoding.Constant)
            )
            {
                var head = split.Head(channel);
                int denseLength = head.Length + channels.Payload.Length;
                if (denseLength < length)
                {
                    head.CopyTo(writer.Room);
                    channels.Payload.CopyTo(writer.Room[head.Length..]);
                    (length, encoding) = (denseLength, Encoding(type));
                }
            }
            writer.Add(encoding, length);
        }
        return writer.Finish(output);
    }

    /// <summary>What is predicted, planar; empty for floats, which have no dense encoding.</summary>
    private ReadOnlySpan<short> Numbers(SampleType type, ReadOnlySpan<byte> planar, int channelCount)
    {
        split.Clear();
        return type switch
        {
            SampleType.Int16 => MemoryMarshal.Cast<byte, short>(planar),
            SampleType.Int24 or SampleType.Int32 => split.Split(type, planar, channelCount),
            _ => default,
        };
    }

    private ChannelEncoding Encoding(SampleType type) =>
        (type == SampleType.Int16, channels.IsAcross) switch
        {
            (true, false) => ChannelEncoding.Dense16,
            (true, true) => ChannelEncoding.DenseAcross16,
            (false, false) => ChannelEncoding.DenseSums,
            (false, true) => ChannelEncoding.DenseSumsAcross,
        };

    /// <summary>
    /// Encodes a channel to the encoder's payload; every channel passes, as it may be a reference of others.
    /// </summary>
    /// <returns>Whether there is a payload.</returns>
    private bool EncodeDensely(ReadOnlySpan<short> numbers, int channel, int sampleCount, bool isConstant)
    {
        int first = DenseLayout.FirstOfGroup(channel);
        if (channel == first)
        {
            choice.Begin();
        }
        var own = numbers.Slice(channel * sampleCount, sampleCount);
        var references = choice.Next(own, first);
        if (isConstant || split.IsTooRough(channel))
        {
            return false;
        }
        channels.Encode(own, channel, new(numbers, sampleCount, references));
        return true;
    }
}
