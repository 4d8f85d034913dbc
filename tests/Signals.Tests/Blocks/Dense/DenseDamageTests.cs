using System.Buffers.Binary;
using Dendrite.Signals.Blocks;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Signals.Tests.Blocks.Dense;

/// <summary>Checksums are made right again in all of these, so that damage reaches the decoder behind them.</summary>
public sealed class DenseDamageTests
{
    private const int Channels = 3;

    [Fact]
    public void Bytes_that_only_look_like_a_dense_block_give_samples_or_a_typed_error()
    {
        byte[][] blocks =
        [
            .. DenseSignals.Names.Select(kind => Encode(kind, 400)),
            EncodeWide(SampleType.Int24, "resonance"),
            EncodeWide(SampleType.Int32, "bursts"),
        ];
        for (int seed = 0; seed < 3_000; seed++)
        {
            var random = new Random(seed);
            byte[] damaged = [.. blocks[random.Next(blocks.Length)]];
            // Heads, where every number has its limits, are hit more often than the words behind them.
            int reach = random.Next(2) == 0 ? Math.Min(damaged.Length, 120) : damaged.Length;
            for (int change = random.Next(1, 6); change > 0; change--)
            {
                damaged[random.Next(BlockHeader.SizeBytes, reach)] = (byte)random.Next(256);
            }
            AssertTotal(damaged, $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(ChannelEncoding.Dense16, SampleType.Int16)]
    [InlineData(ChannelEncoding.DenseAcross16, SampleType.Int16)]
    [InlineData(ChannelEncoding.DenseSums, SampleType.Int24)]
    [InlineData(ChannelEncoding.DenseSumsAcross, SampleType.Int32)]
    public void Random_payloads_give_samples_or_a_typed_error_law(ChannelEncoding encoding, SampleType type)
    {
        var payloads = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(120);
        Prop.ForAll(payloads.ToArbitrary(), payload => AssertTotal(Wrap(payload, encoding, type: type), "random"))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_byte_of_a_payload_that_is_cut_off_is_missed()
    {
        byte[] block = Encode("bursts", 200, channels: 1);
        byte[] payload = block[(BlockHeader.SizeBytes + 4)..];
        for (int length = 0; length < payload.Length; length++)
        {
            byte[] cut = Wrap(payload[..length], ChannelEncoding.Dense16, sampleCount: 200);
            var error = Assert.Throws<BlockFormatException>(() => DecodeAll(cut));
            Assert.Equal(BlockFault.MalformedChannel, error.Fault);
        }
    }

    [Fact]
    public void Every_byte_of_a_wide_payload_that_is_cut_off_is_missed()
    {
        byte[] block = EncodeWide(SampleType.Int24, "resonance", channels: 1);
        byte[] payload = block[(BlockHeader.SizeBytes + 4)..];
        for (int length = 0; length < payload.Length; length++)
        {
            byte[] cut = Wrap(payload[..length], ChannelEncoding.DenseSums, sampleCount: 900, SampleType.Int24);
            var error = Assert.Throws<BlockFormatException>(() => DecodeAll(cut));
            Assert.Equal(BlockFault.MalformedChannel, error.Fault);
        }
    }

    [Theory]
    [InlineData(1, 0, 0, "a jump")] // No way from the last one.
    [InlineData(1, 127, 0, "a jump")] // Beyond the last sample.
    [InlineData(127, 1, 0, "a count")] // More than there are bytes.
    public void A_jump_lies_within_the_channel_and_behind_the_one_before(byte count, byte way, byte height, string said)
    {
        byte[] payload = [0, 0, 0, 0, count, way, height, .. new byte[20]];

        var error = Assert.Throws<BlockFormatException>(() =>
            DecodeAll(Wrap(payload, ChannelEncoding.DenseSums, sampleCount: 100, SampleType.Int24))
        );

        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_refers_to_none_outside_its_group_and_to_none_behind_it()
    {
        byte[] block = Encode("resonance", 700);
        int first = BinaryPrimitives.ReadInt32LittleEndian(block.AsSpan(BlockHeader.SizeBytes)) >> 8;
        int reference = BlockHeader.SizeBytes + (4 * Channels) + first + 10;
        Assert.Equal(1, block[reference]);
        foreach (byte back in (byte[])[0, 2, 31, 255])
        {
            block[reference] = back;
            Seal(block);
            var error = Assert.Throws<BlockFormatException>(() => DecodeAll(block));
            Assert.Contains("refers to channels", error.Message, StringComparison.Ordinal);
        }
    }

    private static void AssertTotal(byte[] block, string what)
    {
        try
        {
            Seal(block);
            DecodeAll(block);
        }
        catch (BlockFormatException)
        {
            // The typed error that the law allows.
        }
        catch (Exception error)
        {
            Assert.Fail($"{what}, block {Convert.ToHexString(block)}: {error}");
        }
    }

    private static void DecodeAll(byte[] bytes)
    {
        var block = SampleBlock.Open(bytes);
        block.Decode(new byte[block.Header.DecodedBytes]);
    }

    private static byte[] Encode(string kind, int count, int channels = Channels) =>
        DenseRoundTripTests.Encode(DenseSignals.Make(kind, channels, count, seed: 1), channels);

    private static byte[] EncodeWide(SampleType type, string kind, int channels = Channels) =>
        DenseRoundTripTests.Encode(
            type,
            WideSignals.Pack(type, WideSignals.Make(kind, channels, 900, seed: 1)),
            channels
        );

    private static byte[] Wrap(
        byte[] payload,
        ChannelEncoding encoding,
        int sampleCount = 300,
        SampleType type = SampleType.Int16
    )
    {
        byte[] block = new byte[BlockHeader.SizeBytes + 4 + payload.Length];
        new BlockHeader(type, 1, sampleCount, payload.Length, 0).Write(block);
        uint entry = (uint)encoding | ((uint)payload.Length << 8);
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
