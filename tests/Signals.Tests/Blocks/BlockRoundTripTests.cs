using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Signals.Tests.Blocks;

public sealed class BlockRoundTripTests
{
    public static TheoryData<string, int> ShapesAndLengths()
    {
        var data = new TheoryData<string, int>();
        foreach (string shape in SignalShapes.Names)
        {
            foreach (int count in (int[])[1, 2, 7, 8, 9, 127, 128, 129, 1000, 4096])
            {
                data.Add(shape, count);
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(ShapesAndLengths))]
    public void Every_shape_comes_back_sample_for_sample(string shape, int count)
    {
        var planar = SignalShapes
            .Make(shape, count, seed: 1)
            .Concat(SignalShapes.Make("walk", count, seed: 2))
            .Concat(SignalShapes.Make(shape, count, seed: 3))
            .ToArray();

        AssertRoundTrip(planar, channelCount: 3);
    }

    [Fact]
    public void Any_int16_samples_come_back_law()
    {
        var samples = Gen.Choose(short.MinValue, short.MaxValue).Select(value => (short)value).NonEmptyListOf();
        Prop.ForAll(samples.ToArbitrary(), list => AssertRoundTrip([.. list], channelCount: 1))
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Residuals_of_every_width_come_back_law()
    {
        var samples =
            from bits in Gen.Choose(1, 16)
            from values in Gen.Choose(-(1 << (bits - 1)), (1 << (bits - 1)) - 1).ListOf(300)
            select values.Select(value => (short)value).ToArray();
        Prop.ForAll(samples.ToArbitrary(), list => AssertRoundTrip(list, channelCount: 2)).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData(SampleType.Int16)]
    [InlineData(SampleType.Int24)]
    [InlineData(SampleType.Int32)]
    [InlineData(SampleType.Float32)]
    [InlineData(SampleType.Float64)]
    public void Any_bit_pattern_of_every_type_comes_back(SampleType type)
    {
        // Random bytes hold NaNs with payloads, infinities and denormals: all are kept bit for bit.
        byte[] planar = new byte[type.SizeBytes() * 6 * 333];
        new Random(5).NextBytes(planar);
        var output = new ArrayBufferWriter<byte>();

        BlockEncoder.Encode(type, planar, 6, output);

        var block = SampleBlock.Open(output.WrittenSpan);
        byte[] decoded = new byte[block.Header.DecodedBytes];
        block.Decode(decoded);
        Assert.Equal(planar, decoded);
    }

    [Fact]
    public void A_channel_decodes_alone_as_it_does_among_the_others()
    {
        var planar = SignalShapes.Names.SelectMany((shape, i) => SignalShapes.Make(shape, 500, i)).ToArray();
        var output = new ArrayBufferWriter<byte>();
        BlockEncoder.Encode(planar, SignalShapes.Names.Length, output);
        var block = SampleBlock.Open(output.WrittenSpan);
        short[] channel = new short[500];
        for (int i = 0; i < SignalShapes.Names.Length; i++)
        {
            block.DecodeChannel(i, channel);
            Assert.Equal(planar[(i * 500)..((i + 1) * 500)], channel);
        }
    }

    [Fact]
    public void Silence_costs_one_sample_a_channel_and_noise_no_more_than_itself()
    {
        var silence = new ArrayBufferWriter<byte>();
        var noise = new ArrayBufferWriter<byte>();

        var silent = BlockEncoder.Encode(SignalShapes.Make("silence", 10_000, 1), 1, silence);
        var noisy = BlockEncoder.Encode(SignalShapes.Make("noise", 10_000, 1), 1, noise);

        Assert.Equal(2, silent.PayloadBytes);
        Assert.Equal(20_000, noisy.PayloadBytes);
        Assert.Equal(ChannelEncoding.Constant, SampleBlock.Open(silence.WrittenSpan).GetEncoding(0));
        Assert.Equal(ChannelEncoding.Raw, SampleBlock.Open(noise.WrittenSpan).GetEncoding(0));
    }

    [Fact]
    public void Encoding_and_decoding_allocate_nothing()
    {
        var planar = SignalShapes.Make("walk", 64 * 512, 1);
        var output = new ArrayBufferWriter<byte>(1 << 20);
        var summaries = new ChannelSummary[64];
        short[] decoded = new short[planar.Length];
        void Run()
        {
            output.ResetWrittenCount();
            BlockEncoder.Encode(planar, 64, output, summaries);
            SampleBlock.Open(output.WrittenSpan).Decode(decoded);
        }

        // The runtime's own vector operations box until they are compiled again in the background, which takes some
        // runs.
        const int MostRuns = 5_000;
        long allocated = long.MaxValue;
        for (int run = 0; run < MostRuns && allocated > 0; run++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run();
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        Assert.Equal(0, allocated);
    }

    private static void AssertRoundTrip(short[] planar, int channelCount)
    {
        var output = new ArrayBufferWriter<byte>();
        var header = BlockEncoder.Encode(planar, channelCount, output);

        var block = SampleBlock.Open(output.WrittenSpan);
        short[] decoded = new short[planar.Length];
        block.Decode(decoded);

        Assert.Equal(planar, decoded);
        Assert.Equal(header, block.Header);
        Assert.True(header.PayloadBytes <= MemoryMarshal.AsBytes<short>(planar).Length);
    }
}
