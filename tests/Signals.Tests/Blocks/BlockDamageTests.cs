using System.Buffers;
using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Signals.Tests.Blocks;

public sealed class BlockDamageTests
{
    [Fact]
    public void Every_flipped_bit_is_noticed()
    {
        byte[] block = Encode("walk", 40);
        for (int bit = 0; bit < block.Length * 8; bit++)
        {
            byte[] damaged = [.. block];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Throws<BlockFormatException>(() => DecodeAll(damaged));
        }
    }

    [Fact]
    public void A_block_cut_or_lengthened_is_refused()
    {
        byte[] block = Encode("spikes", 300);
        for (int length = 0; length < block.Length; length++)
        {
            Assert.Throws<BlockFormatException>(() => DecodeAll(block[..length]));
        }
        var error = Assert.Throws<BlockFormatException>(() => DecodeAll([.. block, 0]));
        Assert.Equal(BlockFault.WrongLength, error.Fault);
    }

    /// <summary>With the checksum made right again, so that damage reaches the decoder behind it.</summary>
    [Fact]
    public void Bytes_that_only_look_like_a_block_give_samples_or_a_typed_error()
    {
        byte[][] blocks = [.. SignalShapes.Names.Select(shape => Encode(shape, 333))];
        for (int seed = 0; seed < 5_000; seed++)
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

    [Fact]
    public void Random_payloads_give_samples_or_a_typed_error_law()
    {
        var payloads = ArbMap.Default.ArbFor<byte[]>();
        Prop.ForAll(payloads, payload => AssertTotal(Frames(payload, sampleCount: 300), seed: 0))
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(4, 2, BlockFault.Unsupported)]
    [InlineData(5, 9, BlockFault.Unsupported)]
    [InlineData(6, 1, BlockFault.Unsupported)]
    [InlineData(0, 0, BlockFault.NotABlock)]
    [InlineData(24, 77, BlockFault.Unsupported)]
    public void What_a_later_version_may_add_is_refused_as_unsupported(int offset, byte value, BlockFault fault)
    {
        byte[] block = Encode("walk", 100);
        block[offset] = value;
        Seal(block);

        Assert.Equal(fault, Assert.Throws<BlockFormatException>(() => DecodeAll(block)).Fault);
    }

    [Fact]
    public void A_header_that_promises_too_much_is_refused_before_anything_is_allocated()
    {
        byte[] block = Encode("silence", 100);
        foreach (
            var (channels, samples) in ((uint, uint)[])
                [(0, 1), (1, 0), (uint.MaxValue, uint.MaxValue), (65536, 1 << 20)]
        )
        {
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(8), channels);
            BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(12), samples);
            Seal(block);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<BlockFormatException>(() => DecodeAll(block));
            Assert.Equal(BlockFault.CountOutOfRange, error.Fault);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 64 * 1024);
        }
    }

    private static void AssertTotal(byte[] block, int seed)
    {
        try
        {
            DecodeAll(block);
        }
        catch (BlockFormatException)
        {
            // The typed error that the law allows.
        }
        catch (Exception error)
        {
            Assert.Fail($"Seed {seed}, block {Convert.ToHexString(block)}: {error}");
        }
    }

    private static void DecodeAll(byte[] bytes)
    {
        var block = SampleBlock.Open(bytes);
        block.Decode(new byte[block.Header.DecodedBytes]);
    }

    private static byte[] Encode(string shape, int count)
    {
        var output = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(SignalShapes.Make(shape, count * 2, 1), 2, output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Frames(byte[] payload, int sampleCount)
    {
        byte[] block = new byte[BlockHeader.SizeBytes + 4 + payload.Length];
        new BlockHeader(SampleType.Int16, 1, sampleCount, payload.Length, 0).Write(block);
        uint entry = (uint)ChannelEncoding.Frames16 | ((uint)payload.Length << 8);
        BinaryPrimitives.WriteUInt32LittleEndian(block.AsSpan(BlockHeader.SizeBytes), entry);
        payload.CopyTo(block, BlockHeader.SizeBytes + 4);
        Seal(block);
        return block;
    }

    private static void Seal(byte[] block) =>
        BinaryPrimitives.WriteUInt32LittleEndian(
            block.AsSpan(BlockHeader.ChecksumOffset),
            BlockHeader.ComputeChecksum(block)
        );
}
