using System.Buffers;
using Dendrite.Signals.Blocks;
using Google.Protobuf;

namespace Dendrite.Client.Appending;

/// <summary>
/// Makes shorter blocks of an encoded one: where the stream already holds the beginning of it, or where it is larger
/// than the service takes.
/// </summary>
internal static class BlockCutter
{
    /// <summary>The samples of a block from an index on, encoded anew, in halves as often as it takes.</summary>
    /// <param name="block">An encoded block.</param>
    /// <param name="skip">Samples of each channel to leave out.</param>
    /// <param name="maxBytes">Of one piece; only a piece of one sample is larger, where it must be.</param>
    /// <exception cref="BlockFormatException">The block is damaged.</exception>
    public static IReadOnlyList<BlockPiece> Cut(ReadOnlySpan<byte> block, int skip, int maxBytes)
    {
        var opened = SampleBlock.Open(block);
        var header = opened.Header;
        var planar = new byte[header.DecodedBytes];
        opened.Decode(planar);
        List<BlockPiece> pieces = [];
        Add(skip, header.SampleCount - skip);
        return pieces;

        void Add(int first, int count)
        {
            var payload = Encode(header, planar, first, count);
            if (payload.Length <= maxBytes || count == 1)
            {
                pieces.Add(new(count, payload));
                return;
            }

            Add(first, count / 2);
            Add(first + (count / 2), count - (count / 2));
        }
    }

    private static ReadOnlyMemory<byte> Encode(in BlockHeader header, byte[] planar, int first, int count)
    {
        var size = header.SampleType.SizeBytes();
        var part = new byte[header.ChannelCount * count * size];
        for (var channel = 0; channel < header.ChannelCount; channel++)
        {
            var samples = planar.AsSpan((channel * header.ChannelBytes) + (first * size), count * size);
            samples.CopyTo(part.AsSpan(channel * count * size));
        }

        var output = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(header.SampleType, part, header.ChannelCount, output);
        return output.WrittenMemory;
    }
}

/// <summary>A run of samples, encoded.</summary>
/// <param name="SampleCount">Of each channel.</param>
/// <param name="Payload">An encoded block.</param>
internal readonly record struct BlockPiece(int SampleCount, ReadOnlyMemory<byte> Payload)
{
    public V1.SampleBlock ToBlock(int channelGroup, long firstSample) =>
        new()
        {
            FirstSample = firstSample,
            SampleCount = SampleCount,
            ChannelGroup = channelGroup,
            Encoding = V1.BlockEncoding.DendriteV1,
            Payload = UnsafeByteOperations.UnsafeWrap(Payload),
            Crc32C = Crc32C.Compute(Payload.Span),
        };
}
