using System.Buffers.Binary;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// The fixed head of a block: 24 bytes, little-endian, described byte by byte in docs/block-format.md.
/// </summary>
/// <param name="SampleType">The type of every sample in the block.</param>
/// <param name="ChannelCount">Number of channels, 1 to <see cref="MaxChannels"/>.</param>
/// <param name="SampleCount">Samples of each channel, 1 to <see cref="MaxSamples"/>.</param>
/// <param name="PayloadBytes">Bytes of all channels together, after the directory.</param>
/// <param name="Checksum">CRC-32C over the whole block but this field.</param>
public readonly record struct BlockHeader(
    SampleType SampleType,
    int ChannelCount,
    int SampleCount,
    int PayloadBytes,
    uint Checksum
)
{
    public const int SizeBytes = 24;
    public const int DirectoryEntryBytes = 4;
    public const byte Version = 1;

    /// <summary>More than any acquisition system has on one clock.</summary>
    public const int MaxChannels = 1 << 16;

    /// <summary>
    /// So that the longest channel (2^20 float64, 8 MiB) fits the 24-bit length of a directory entry.
    /// </summary>
    public const int MaxSamples = 1 << 20;

    /// <summary>
    /// Bound on what one block may decode to: a few bytes of constant channels can stand for this much.
    /// </summary>
    public const int MaxDecodedBytes = 64 << 20;

    internal const int ChecksumOffset = 20;

    // "DBLK"
    private const uint Magic = 0x4B4C4244;

    /// <summary>Bytes of the whole block.</summary>
    public int BlockBytes => SizeBytes + (ChannelCount * DirectoryEntryBytes) + PayloadBytes;

    /// <summary>Bytes of one decoded channel.</summary>
    public int ChannelBytes => SampleCount * SampleType.SizeBytes();

    /// <summary>Bytes of all decoded channels; at most <see cref="MaxDecodedBytes"/>.</summary>
    public int DecodedBytes => ChannelCount * ChannelBytes;

    /// <summary>Samples of all channels together.</summary>
    public int TotalSamples => ChannelCount * SampleCount;

    /// <summary>Reads and checks the header; says nothing yet about the bytes after it.</summary>
    /// <exception cref="BlockFormatException">
    /// Not a block, of an unknown version, or with counts out of range.
    /// </exception>
    public static BlockHeader Read(ReadOnlySpan<byte> block)
    {
        if (block.Length < SizeBytes)
        {
            throw new BlockFormatException(
                BlockFault.WrongLength,
                $"A block has at least {SizeBytes} bytes; these are {block.Length}."
            );
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(block) != Magic)
        {
            throw new BlockFormatException(BlockFault.NotABlock, "The bytes do not begin with 'DBLK'.");
        }
        if (block[4] != Version)
        {
            throw Unsupported($"format version {block[4]}");
        }
        if (BinaryPrimitives.ReadUInt16LittleEndian(block[6..]) is var flags and not 0)
        {
            throw Unsupported($"flags 0x{flags:X4}");
        }
        var type = (SampleType)block[5];
        if (type.SizeBytes() == 0)
        {
            throw Unsupported($"sample type {block[5]}");
        }
        uint channels = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
        uint samples = BinaryPrimitives.ReadUInt32LittleEndian(block[12..]);
        CheckCounts(type, channels, samples);
        uint payload = BinaryPrimitives.ReadUInt32LittleEndian(block[16..]);
        if (payload > MaxDecodedBytes)
        {
            // No channel is ever stored larger than raw, so the payload shares the bound of the decoded samples.
            throw new BlockFormatException(
                BlockFault.CountOutOfRange,
                $"A payload of {payload} bytes is above the limit."
            );
        }
        uint checksum = BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumOffset..]);
        return new(type, (int)channels, (int)samples, (int)payload, checksum);
    }

    internal static void CheckCounts(SampleType type, long channels, long samples)
    {
        bool inRange = channels is >= 1 and <= MaxChannels && samples is >= 1 and <= MaxSamples;
        if (!inRange || channels * samples * type.SizeBytes() > MaxDecodedBytes)
        {
            throw new BlockFormatException(
                BlockFault.CountOutOfRange,
                $"{channels} channels of {samples} samples: a block has 1 to {MaxChannels} channels, 1 to {MaxSamples} "
                    + $"samples a channel, and at most {MaxDecodedBytes >> 20} MiB of samples. Send smaller blocks."
            );
        }
    }

    /// <summary>Writes all but the checksum, which is known last.</summary>
    internal void Write(Span<byte> block)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(block, Magic);
        block[4] = Version;
        block[5] = (byte)SampleType;
        BinaryPrimitives.WriteUInt16LittleEndian(block[6..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(block[8..], ChannelCount);
        BinaryPrimitives.WriteInt32LittleEndian(block[12..], SampleCount);
        BinaryPrimitives.WriteInt32LittleEndian(block[16..], PayloadBytes);
    }

    internal static uint ComputeChecksum(ReadOnlySpan<byte> block) =>
        Crc32C.Append(Crc32C.Compute(block[..ChecksumOffset]), block[SizeBytes..]);

    private static BlockFormatException Unsupported(string what) =>
        new(BlockFault.Unsupported, $"The block has {what}, which this decoder does not know. Update the reader.");
}
