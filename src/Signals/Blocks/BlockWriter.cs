using System.Buffers;
using System.Buffers.Binary;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// Lays down a block around channels that come already encoded, in order: header, directory, payloads, checksum. Both
/// efforts write through it. Allocates nothing.
/// </summary>
internal ref struct BlockWriter
{
    private readonly Span<byte> block;
    private readonly int payloadStart;
    private readonly BlockHeader shape;
    private int channels;
    private int at;

    /// <param name="output">Takes the block in one piece.</param>
    /// <param name="type">Of every sample.</param>
    /// <param name="channelCount">Number of channels to come.</param>
    /// <param name="sampleCount">Samples of each channel.</param>
    /// <param name="spareBytes">
    /// How far an encoder may write beyond the bytes of raw samples before it gives up.
    /// </param>
    public BlockWriter(IBufferWriter<byte> output, SampleType type, int channelCount, int sampleCount, int spareBytes)
    {
        shape = new(type, channelCount, sampleCount, PayloadBytes: 0, Checksum: 0);
        payloadStart = BlockHeader.SizeBytes + (channelCount * BlockHeader.DirectoryEntryBytes);
        at = payloadStart;
        block = output.GetSpan(payloadStart + shape.DecodedBytes + spareBytes);
    }

    /// <summary>
    /// Where the next channel's payload goes: room for its raw samples and the spare bytes, at least.
    /// </summary>
    public readonly Span<byte> Room => block[at..];

    /// <summary>Takes the payload that was written to <see cref="Room"/> as the next channel's.</summary>
    /// <param name="encoding">How it was encoded.</param>
    /// <param name="payloadBytes">At most <see cref="BlockHeader.ChannelBytes"/>.</param>
    public void Add(ChannelEncoding encoding, int payloadBytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payloadBytes, shape.ChannelBytes);
        uint entry = (uint)encoding | ((uint)payloadBytes << 8);
        int directory = BlockHeader.SizeBytes + (channels * BlockHeader.DirectoryEntryBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(block[directory..], entry);
        channels++;
        at += payloadBytes;
    }

    /// <summary>Writes header and checksum, hands the block to <paramref name="output"/>.</summary>
    public readonly BlockHeader Finish(IBufferWriter<byte> output)
    {
        if (channels != shape.ChannelCount)
        {
            throw new InvalidOperationException($"{channels} of {shape.ChannelCount} channels were written.");
        }
        var header = shape with { PayloadBytes = at - payloadStart };
        header.Write(block);
        header = header with { Checksum = BlockHeader.ComputeChecksum(block[..at]) };
        BinaryPrimitives.WriteUInt32LittleEndian(block[BlockHeader.ChecksumOffset..], header.Checksum);
        output.Advance(at);
        return header;
    }
}
