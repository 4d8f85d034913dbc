using System.Buffers;
using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

/// <summary>
/// Any bytes give samples or the typed error: of every encoding, with the checksum made right again so that the damage
/// reaches the decoder behind it. A failure prints the seed and the block.
/// </summary>
public sealed class BlockFuzzTests
{
    private const int SampleCount = 333;

    // So much may be allocated for an error and its message, whatever a payload claims.
    private const long AllocationLimit = 256 << 10;

    public static TheoryData<SampleType, ChannelEncoding> Encodings
    {
        get
        {
            var data = new TheoryData<SampleType, ChannelEncoding>();
            foreach (var type in TypedSignals.Types)
            {
                foreach (var encoding in Enum.GetValues<ChannelEncoding>())
                {
                    if (ChannelDecoders.Find(encoding, type) is not null)
                    {
                        data.Add(type, encoding);
                    }
                }
            }
            return data;
        }
    }

    public static TheoryData<SampleType> Types => [.. TypedSignals.Types];

    [Theory]
    [MemberData(nameof(Encodings))]
    public void Random_payloads_of_every_encoding_give_samples_or_a_typed_error(
        SampleType type,
        ChannelEncoding encoding
    )
    {
        for (int seed = 0; seed < 4_000; seed++)
        {
            var random = new Random(seed);
            byte[] payload = new byte[random.Next(0, SampleCount * type.SizeBytes())];
            random.NextBytes(payload);
            // Small bytes are small widths, orders and counts, with which decoders get further.
            for (int i = 0; i < payload.Length && seed % 2 == 0; i++)
            {
                payload[i] &= (byte)random.Next(256);
            }
            AssertTotal(OfOneChannel(type, encoding, payload), seed);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Damaged_blocks_of_every_signal_give_samples_or_a_typed_error(SampleType type)
    {
        byte[][] blocks = [.. TypedSignals.Names.Select(name => Encode(type, name, SampleCount))];
        for (int seed = 0; seed < 6_000; seed++)
        {
            var random = new Random(seed);
            byte[] damaged = [.. blocks[random.Next(blocks.Length)]];
            for (int change = random.Next(1, 8); change > 0; change--)
            {
                damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
            }
            Seal(damaged);
            AssertTotal(damaged, seed);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void Each_flipped_bit_and_each_shorter_payload_of_small_blocks_gives_samples_or_a_typed_error(
        SampleType type
    )
    {
        foreach (string signal in TypedSignals.Names)
        {
            byte[] block = Encode(type, signal, 60);
            for (int bit = 0; bit < block.Length * 8; bit++)
            {
                byte[] damaged = [.. block];
                damaged[bit / 8] ^= (byte)(1 << (bit % 8));
                Seal(damaged);
                AssertTotal(damaged, bit);
            }
            var encoding = SampleBlock.Open(block).GetEncoding(0);
            byte[] payload = block[(BlockHeader.SizeBytes + BlockHeader.DirectoryEntryBytes)..];
            for (int length = 0; length < payload.Length; length++)
            {
                AssertTotal(OfOneChannel(type, encoding, payload[..length], 60), length);
            }
        }
    }

    [Fact]
    public void A_channel_cannot_refer_to_one_that_is_not_before_it()
    {
        var error = Assert.Throws<BlockFormatException>(() =>
        {
            var header = new BlockHeader(SampleType.Int16, 2, 4, 0, 0);
            new ChannelSource
            {
                Header = header,
                Channel = 1,
                Payload = [],
                Earlier = new byte[8],
            }.EarlierChannel(1);
        });

        Assert.Equal(BlockFault.MalformedChannel, error.Fault);
    }

    private static void AssertTotal(byte[] block, int seed)
    {
        byte[]? planar = null;
        long before = 0;
        try
        {
            var opened = SampleBlock.Open(block);
            planar = ArrayPool<byte>.Shared.Rent(opened.Header.DecodedBytes);
            before = GC.GetAllocatedBytesForCurrentThread();
            opened.Decode(planar.AsSpan(0, opened.Header.DecodedBytes));
        }
        catch (BlockFormatException)
        {
            // The typed error that the law allows.
        }
        catch (Exception error)
        {
            Assert.Fail($"Seed {seed}, block {Convert.ToHexString(block)}: {error}");
        }
        if (planar is not null)
        {
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            ArrayPool<byte>.Shared.Return(planar);
            Assert.True(
                allocated < AllocationLimit,
                $"Seed {seed}, block {Convert.ToHexString(block)}: {allocated} bytes allocated"
            );
        }
    }

    private static byte[] Encode(SampleType type, string signal, int count)
    {
        var output = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(type, TypedSignals.Make(type, signal, count, seed: 7), 1, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] OfOneChannel(
        SampleType type,
        ChannelEncoding encoding,
        byte[] payload,
        int count = SampleCount
    )
    {
        byte[] block = new byte[BlockHeader.SizeBytes + BlockHeader.DirectoryEntryBytes + payload.Length];
        new BlockHeader(type, 1, count, payload.Length, 0).Write(block);
        uint entry = (uint)encoding | ((uint)payload.Length << 8);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(BlockHeader.SizeBytes), entry);
        payload.CopyTo(block, BlockHeader.SizeBytes + BlockHeader.DirectoryEntryBytes);
        Seal(block);
        return block;
    }

    private static void Seal(byte[] block) =>
        BinaryPrimitives.WriteUInt32LittleEndian(
            block.AsSpan(BlockHeader.ChecksumOffset),
            BlockHeader.ComputeChecksum(block)
        );
}
