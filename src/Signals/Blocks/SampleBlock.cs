using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// A view of an encoded block (docs/block-format.md). <see cref="Open"/> checks length, checksum and directory;
/// what remains to go wrong is a channel's payload, which its decoding checks. Copies nothing.
/// </summary>
public readonly ref struct SampleBlock
{
    private readonly ReadOnlySpan<byte> block;

    private SampleBlock(ReadOnlySpan<byte> block, BlockHeader header)
    {
        this.block = block;
        Header = header;
    }

    public BlockHeader Header { get; }

    /// <summary>Opens a block; <paramref name="block"/> holds it and nothing else.</summary>
    /// <exception cref="BlockFormatException">The bytes are not a whole, undamaged block.</exception>
    public static SampleBlock Open(ReadOnlySpan<byte> block)
    {
        LittleEndianHost.Require();
        var header = BlockHeader.Read(block);
        if (block.Length != header.BlockBytes)
        {
            throw new BlockFormatException(
                BlockFault.WrongLength,
                $"The block's header gives it {header.BlockBytes} bytes; these are {block.Length}."
            );
        }
        uint checksum = BlockHeader.ComputeChecksum(block);
        if (checksum != header.Checksum)
        {
            throw new BlockFormatException(
                BlockFault.ChecksumMismatch,
                $"The block's bytes have CRC-32C {checksum:x8}; its header says {header.Checksum:x8}."
            );
        }
        var opened = new SampleBlock(block, header);
        opened.CheckDirectory();
        return opened;
    }

    public ChannelEncoding GetEncoding(int channel) => (ChannelEncoding)(byte)Entry(channel);

    /// <summary>Decodes one channel of an int16 block. Costs a walk over the directory up to it.</summary>
    /// <param name="channel">Index of the channel in the block.</param>
    /// <param name="samples">Exactly <see cref="BlockHeader.SampleCount"/> long.</param>
    /// <exception cref="BlockFormatException">The channel's payload is damaged.</exception>
    public void DecodeChannel(int channel, Span<short> samples)
    {
        RequireInt16();
        DecodeChannel(channel, MemoryMarshal.AsBytes(samples));
    }

    /// <summary>Decodes one channel of any type to little-endian bytes.</summary>
    /// <param name="channel">Index of the channel in the block.</param>
    /// <param name="samples">Exactly <see cref="BlockHeader.ChannelBytes"/> long.</param>
    /// <exception cref="BlockFormatException">The channel's payload is damaged.</exception>
    public void DecodeChannel(int channel, Span<byte> samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(channel, Header.ChannelCount);
        RequireLength(samples.Length, Header.ChannelBytes);
        if (Decoder(channel).UsesEarlierChannels)
        {
            DecodeAmongOthers(channel, samples);
            return;
        }
        int at = PayloadStart;
        for (int i = 0; i < channel; i++)
        {
            at += Length(Entry(i));
        }
        Decoder(channel).Decode(Source(channel, at, []), samples);
    }

    /// <summary>Decodes all channels of an int16 block, planar: all of channel 0, then all of channel 1, ...</summary>
    /// <param name="planar">Exactly <see cref="BlockHeader.TotalSamples"/> long.</param>
    /// <exception cref="BlockFormatException">A channel's payload is damaged.</exception>
    public void Decode(Span<short> planar)
    {
        RequireInt16();
        Decode(MemoryMarshal.AsBytes(planar));
    }

    /// <summary>Decodes all channels of any type to little-endian bytes, planar.</summary>
    /// <param name="planar">Exactly <see cref="BlockHeader.DecodedBytes"/> long.</param>
    /// <exception cref="BlockFormatException">A channel's payload is damaged.</exception>
    public void Decode(Span<byte> planar)
    {
        RequireLength(planar.Length, Header.DecodedBytes);
        DecodeRun(0, planar);
    }

    /// <summary>
    /// Decodes every channel, keeps only its summary: how a server verifies a block that a client encoded. Rents one
    /// channel's memory, or all channels' where some refer to others.
    /// </summary>
    /// <param name="summaries">One place for each channel.</param>
    /// <exception cref="BlockFormatException">A channel's payload is damaged.</exception>
    public void Summarize(Span<ChannelSummary> summaries)
    {
        RequireLength(summaries.Length, Header.ChannelCount);
        bool keepAll = AnyUsesEarlierChannels();
        int rentedBytes = keepAll ? Header.DecodedBytes : Header.ChannelBytes;
        byte[] rented = ArrayPool<byte>.Shared.Rent(rentedBytes);
        try
        {
            int at = PayloadStart;
            for (int channel = 0; channel < Header.ChannelCount; channel++)
            {
                int start = keepAll ? channel * Header.ChannelBytes : 0;
                var samples = rented.AsSpan(start, Header.ChannelBytes);
                Decoder(channel).Decode(Source(channel, at, rented.AsSpan(0, start)), samples);
                summaries[channel] =
                    GetEncoding(channel) == ChannelEncoding.Constant
                        ? Summarizer.SummarizeConstant(Header.SampleType, samples, Header.SampleCount)
                        : Summarizer.Summarize(Header.SampleType, samples);
                at += Length(Entry(channel));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>
    /// Decodes channels from <paramref name="first"/> on, as many as there is room for, planar. None of them refers to
    /// one before the first.
    /// </summary>
    private void DecodeRun(int first, Span<byte> planar)
    {
        int at = PayloadStart;
        for (int channel = 0; channel < first; channel++)
        {
            at += Length(Entry(channel));
        }
        int channelCount = planar.Length / Header.ChannelBytes;
        for (int i = 0; i < channelCount; i++)
        {
            int start = i * Header.ChannelBytes;
            var source = Source(first + i, at, planar[..start]) with { EarliestChannel = first };
            Decoder(first + i).Decode(source, planar.Slice(start, Header.ChannelBytes));
            at += Length(Entry(first + i));
        }
    }

    /// <summary>
    /// Decodes one channel that may refer to those before it. Rents memory for those that it may need.
    /// </summary>
    private void DecodeAmongOthers(int channel, Span<byte> samples)
    {
        int first = Decoder(channel).FirstNeeded(channel);
        int bytes = (channel + 1 - first) * Header.ChannelBytes;
        byte[] rented = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            var planar = rented.AsSpan(0, bytes);
            DecodeRun(first, planar);
            planar[^Header.ChannelBytes..].CopyTo(samples);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private int PayloadStart => BlockHeader.SizeBytes + (Header.ChannelCount * BlockHeader.DirectoryEntryBytes);

    private uint Entry(int channel) =>
        BinaryPrimitives.ReadUInt32LittleEndian(
            block[(BlockHeader.SizeBytes + (channel * BlockHeader.DirectoryEntryBytes))..]
        );

    private static int Length(uint entry) => (int)(entry >> 8);

    private ChannelDecoder Decoder(int channel) => ChannelDecoders.Get(GetEncoding(channel));

    private bool AnyUsesEarlierChannels()
    {
        for (int channel = 0; channel < Header.ChannelCount; channel++)
        {
            if (Decoder(channel).UsesEarlierChannels)
            {
                return true;
            }
        }
        return false;
    }

    private ChannelSource Source(int channel, int at, ReadOnlySpan<byte> earlier) =>
        new()
        {
            Header = Header,
            Channel = channel,
            Payload = block.Slice(at, Length(Entry(channel))),
            Earlier = earlier,
        };

    private void CheckDirectory()
    {
        long total = 0;
        for (int channel = 0; channel < Header.ChannelCount; channel++)
        {
            uint entry = Entry(channel);
            CheckEntry(channel, (ChannelEncoding)(byte)entry, Length(entry));
            total += Length(entry);
        }
        if (total != Header.PayloadBytes)
        {
            throw new BlockFormatException(
                BlockFault.WrongLength,
                $"The channels take {total} bytes together; the header says {Header.PayloadBytes}."
            );
        }
    }

    private void CheckEntry(int channel, ChannelEncoding encoding, int length)
    {
        if (ChannelDecoders.Find(encoding, Header.SampleType) is not { } decoder)
        {
            throw new BlockFormatException(
                BlockFault.Unsupported,
                $"Channel {channel} has encoding {(byte)encoding} of {Header.SampleType}, which is new to this decoder."
            );
        }
        if (!decoder.CanTake(length, Header))
        {
            throw new BlockFormatException(
                BlockFault.MalformedChannel,
                $"Channel {channel} takes {length} bytes, which is not possible for its encoding ({encoding})."
            );
        }
    }

    private void RequireInt16()
    {
        if (Header.SampleType != SampleType.Int16)
        {
            throw new InvalidOperationException($"The block holds {Header.SampleType}; decode it to bytes.");
        }
    }

    private static void RequireLength(
        int length,
        int expected,
        [CallerArgumentExpression(nameof(length))] string? name = null
    )
    {
        if (length != expected)
        {
            throw new ArgumentException($"Room for {length} where the block holds {expected}.", name);
        }
    }
}
