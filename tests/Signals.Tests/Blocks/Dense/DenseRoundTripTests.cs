using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Signals.Tests.Blocks.Dense;

public sealed class DenseRoundTripTests
{
    public static TheoryData<string, int> KindsAndLengths()
    {
        var data = new TheoryData<string, int>();
        foreach (string kind in DenseSignals.Names)
        {
            foreach (int count in (int[])[1, 2, 15, 17, 63, 513, 1700])
            {
                data.Add(kind, count);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void Every_kind_of_signal_comes_back_sample_for_sample(string kind, int count)
    {
        AssertRoundTrip(DenseSignals.Make(kind, channels: 5, count, seed: 3), channelCount: 5);
    }

    [Theory]
    [MemberData(nameof(KindsAndLengths))]
    public void Every_kind_of_wide_signal_comes_back_sample_for_sample(string kind, int count)
    {
        foreach (var type in (SampleType[])[SampleType.Int24, SampleType.Int32])
        {
            AssertRoundTrip(type, WideSignals.Make(kind, channels: 4, count, seed: 3), channelCount: 4);
        }
    }

    [Theory]
    [InlineData(SampleType.Int24)]
    [InlineData(SampleType.Int32)]
    public void Any_wide_samples_come_back_law(SampleType type)
    {
        var extremes = Gen.Elements(int.MinValue, int.MaxValue, 1 << 23, (1 << 23) - 1, short.MaxValue, -40_000, 0);
        var near = Gen.Choose(-20, 20);
        // Mostly quiet: so that leaps of any height lie in a channel that is worth a dense encoding.
        var samples = Gen.Frequency((1, extremes), (60, near)).ListOf(800);
        Prop.ForAll(samples.ToArbitrary(), list => AssertRoundTrip(type, [.. list], channelCount: 2))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_int16_samples_come_back_law()
    {
        var extremes = Gen.Elements(short.MinValue, short.MaxValue, (short)0, (short)-1);
        var any = Gen.Choose(short.MinValue, short.MaxValue).Select(value => (short)value);
        var near = Gen.Choose(-20, 20).Select(value => (short)value);
        var samples = Gen.OneOf(extremes.ListOf(400), any.ListOf(400), near.ListOf(400));
        Prop.ForAll(samples.ToArbitrary(), list => AssertRoundTrip([.. list], channelCount: 2))
            .QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(SampleType.Int16)]
    [InlineData(SampleType.Int24)]
    [InlineData(SampleType.Int32)]
    [InlineData(SampleType.Float32)]
    [InlineData(SampleType.Float64)]
    public void Any_bit_pattern_of_every_type_comes_back(SampleType type)
    {
        byte[] planar = new byte[type.SizeBytes() * 6 * 333];
        new Random(5).NextBytes(planar);

        byte[] block = Encode(type, planar, channelCount: 6);

        byte[] decoded = new byte[planar.Length];
        SampleBlock.Open(block).Decode(decoded);
        Assert.Equal(planar, decoded);
    }

    [Fact]
    public void A_channel_decodes_alone_as_it_does_among_the_others()
    {
        // Beyond one group of 32 channels, so that both groups have references of their own.
        const int Channels = 40;
        const int Count = 2500;
        short[] planar = DenseSignals.Make("resonance", Channels, Count, seed: 9);
        var block = SampleBlock.Open(Encode(planar, Channels));
        Assert.Equal(ChannelEncoding.DenseAcross16, block.GetEncoding(1));
        Assert.Equal(ChannelEncoding.Dense16, block.GetEncoding(32));
        short[] channel = new short[Count];
        foreach (int i in (int[])[0, 1, 5, 31, 32, 33, 39])
        {
            block.DecodeChannel(i, channel);
            Assert.Equal(planar[(i * Count)..((i + 1) * Count)], channel);
        }
    }

    [Theory]
    [InlineData(SampleType.Int24)]
    [InlineData(SampleType.Int32)]
    public void A_wide_channel_decodes_alone_as_it_does_among_the_others(SampleType type)
    {
        const int Channels = 40;
        const int Count = 1500;
        byte[] planar = WideSignals.Pack(type, WideSignals.Make("resonance", Channels, Count, seed: 9));
        var block = SampleBlock.Open(Encode(type, planar, Channels));
        Assert.Equal(ChannelEncoding.DenseSumsAcross, block.GetEncoding(1));
        Assert.Equal(ChannelEncoding.DenseSums, block.GetEncoding(32));
        byte[] channel = new byte[Count * type.SizeBytes()];
        foreach (int i in (int[])[0, 1, 31, 32, 33, 39])
        {
            block.DecodeChannel(i, channel);
            Assert.Equal(planar[(i * channel.Length)..((i + 1) * channel.Length)], channel);
        }
    }

    [Fact]
    public void A_channel_of_the_longest_block_comes_back()
    {
        AssertRoundTrip(DenseSignals.Make("bursts", 1, BlockHeader.MaxSamples, seed: 2), channelCount: 1);
    }

    [Theory]
    [InlineData("resonance")]
    [InlineData("lattice")]
    [InlineData("fine lattice")]
    [InlineData("wrapped")]
    [InlineData("half off")]
    [InlineData("bursts")]
    public void Dense_blocks_are_smaller_than_fast_ones(string kind)
    {
        short[] planar = DenseSignals.Make(kind, channels: 4, 4000, seed: 7);
        var fast = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(planar, 4, fast);

        Assert.True(Encode(planar, 4).Length < 0.95 * fast.WrittenCount);
    }

    [Theory]
    [InlineData(SampleType.Int24, "resonance")]
    [InlineData(SampleType.Int24, "bursts")]
    [InlineData(SampleType.Int32, "half off")]
    public void Dense_blocks_of_wide_samples_are_smaller_than_fast_ones(SampleType type, string kind)
    {
        byte[] planar = WideSignals.Pack(type, WideSignals.Make(kind, channels: 4, 4000, seed: 7));
        var fast = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(type, planar, 4, fast);

        Assert.True(Encode(type, planar, 4).Length < 0.95 * fast.WrittenCount);
    }

    [Fact]
    public void Rescaled_converters_cost_what_their_own_bits_cost()
    {
        short[] numbers = DenseSignals.Make("resonance", channels: 1, 4000, seed: 7);
        short[] rescaled = [.. numbers.Select(number => (short)Math.Floor((number * 40.959375) + 0.3))];

        // Ten bytes for step and offset.
        Assert.InRange(Encode(rescaled, 1).Length - Encode(numbers, 1).Length, -64, 64);
    }

    [Fact]
    public void The_bytes_depend_on_nothing_but_the_samples()
    {
        short[] planar = DenseSignals.Make("resonance", channels: 8, 3000, seed: 1);
        short[] other = DenseSignals.Make("half off", channels: 3, 900, seed: 2);
        var used = new DenseBlockEncoder();
        var output = new ArrayBufferWriter<byte>();
        used.Encode(SampleType.Int16, MemoryMarshal.AsBytes<short>(other), 3, output);
        output.ResetWrittenCount();

        used.Encode(SampleType.Int16, MemoryMarshal.AsBytes<short>(planar), 8, output);

        Assert.Equal(Encode(planar, 8), output.WrittenSpan.ToArray());
    }

    internal static byte[] Encode(short[] planar, int channelCount) =>
        Encode(SampleType.Int16, MemoryMarshal.AsBytes<short>(planar).ToArray(), channelCount);

    internal static byte[] Encode(SampleType type, byte[] planar, int channelCount)
    {
        var output = new ArrayBufferWriter<byte>();
        new DenseBlockEncoder().Encode(type, planar, channelCount, output);
        return output.WrittenSpan.ToArray();
    }

    private static void AssertRoundTrip(SampleType type, int[] samples, int channelCount)
    {
        byte[] planar = WideSignals.Pack(type, samples[..(samples.Length / channelCount * channelCount)]);
        byte[] decoded = new byte[planar.Length];
        SampleBlock.Open(Encode(type, planar, channelCount)).Decode(decoded);
        Assert.Equal(planar, decoded);
    }

    private static void AssertRoundTrip(short[] planar, int channelCount)
    {
        short[] decoded = new short[planar.Length];
        SampleBlock.Open(Encode(planar, channelCount)).Decode(decoded);
        Assert.Equal(planar, decoded);
    }
}
