using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

public sealed class SummaryTests
{
    [Theory]
    [MemberData(nameof(BlockRoundTripTests.ShapesAndLengths), MemberType = typeof(BlockRoundTripTests))]
    public void Summaries_equal_those_counted_one_by_one(string shape, int count)
    {
        var samples = SignalShapes.Make(shape, count, seed: 9);

        var summary = Summarizer.Summarize(samples);

        Assert.Equal(count, summary.Count);
        Assert.Equal(samples.Min(), summary.Min);
        Assert.Equal(samples.Max(), summary.Max);
        Assert.Equal(samples.Sum(sample => (long)sample), summary.Sum);
        Assert.Equal(samples.Sum(sample => (long)sample * sample), summary.SumOfSquares);
    }

    [Fact]
    public void The_longest_channel_of_extremes_does_not_overflow()
    {
        var samples = new short[BlockHeader.MaxSamples];
        Array.Fill(samples, short.MinValue);

        var summary = Summarizer.Summarize(samples);

        Assert.Equal(-(double)(1L << 35), summary.Sum);
        Assert.Equal(1L << 50, summary.SumOfSquares);
    }

    [Fact]
    public void Two_runs_combine_to_the_summary_of_both()
    {
        var samples = SignalShapes.Make("spikes", 1000, seed: 4);

        var combined = Summarizer.Summarize(samples.AsSpan(0, 300)).Combine(Summarizer.Summarize(samples.AsSpan(300)));

        Assert.Equal(Summarizer.Summarize(samples), combined);
        Assert.Equal(combined, combined.Combine(default));
        Assert.Equal(combined, default(ChannelSummary).Combine(combined));
    }

    [Fact]
    public void Floats_that_are_not_finite_are_not_counted()
    {
        float[] samples = [1.5f, float.NaN, -2f, float.PositiveInfinity];

        var summary = Summarizer.Summarize(SampleType.Float32, MemoryMarshal.AsBytes<float>(samples));

        Assert.Equal(new ChannelSummary(2, -2, 1.5, -0.5, 6.25), summary);
    }

    [Fact]
    public void An_int24_keeps_its_sign()
    {
        var summary = Summarizer.Summarize(SampleType.Int24, [0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x80]);

        Assert.Equal(new ChannelSummary(2, -8388608, -1, -8388609, 70368744177665), summary);
    }

    [Fact]
    public void The_server_s_summaries_of_a_block_equal_the_encoder_s()
    {
        var planar = SignalShapes.Names.SelectMany((shape, i) => SignalShapes.Make(shape, 700, i)).ToArray();
        var output = new ArrayBufferWriter<byte>();
        var encoded = new ChannelSummary[SignalShapes.Names.Length];
        var verified = new ChannelSummary[SignalShapes.Names.Length];

        BlockEncoder.Encode(planar, encoded.Length, output, encoded);
        SampleBlock.Open(output.WrittenSpan).Summarize(verified);

        Assert.Equal(encoded, verified);
    }
}
