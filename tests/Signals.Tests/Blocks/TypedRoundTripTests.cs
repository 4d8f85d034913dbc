using System.Buffers;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

public sealed class TypedRoundTripTests
{
    public static MatrixTheoryData<SampleType, string> TypesAndSignals => new(TypedSignals.Types, TypedSignals.Names);

    public static TheoryData<SampleType> Types => [.. TypedSignals.Types];

    [Theory]
    [MemberData(nameof(TypesAndSignals))]
    public void Every_signal_of_every_length_comes_back_bit_for_bit_law(SampleType type, string signal)
    {
        for (int count = 1; count <= 300; count++)
        {
            AssertRoundTrip(type, TypedSignals.Make(type, signal, count, seed: count), channelCount: 1);
        }
        AssertRoundTrip(type, TypedSignals.Make(type, signal, 3 * 5000, seed: 1), channelCount: 3);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_signal_that_changes_its_nature_comes_back_bit_for_bit_law(SampleType type)
    {
        for (int seed = 1; seed <= 60; seed++)
        {
            var random = new Random(seed);
            byte[][] parts =
            [
                .. Enumerable
                    .Range(0, random.Next(2, 12))
                    .Select(_ =>
                    {
                        string signal = TypedSignals.Names[random.Next(TypedSignals.Names.Length)];
                        return TypedSignals.Make(type, signal, random.Next(1, 400), random.Next());
                    }),
            ];
            AssertRoundTrip(type, [.. parts.SelectMany(part => part)], channelCount: 1);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void The_longest_channel_comes_back(SampleType type)
    {
        int count = BlockHeader.MaxSamples;
        AssertRoundTrip(type, TypedSignals.Make(type, "walk", count, seed: 1), channelCount: 1);
        AssertRoundTrip(type, TypedSignals.Make(type, "silence with a click", count, seed: 1), channelCount: 1);
    }

    [Theory]
    [MemberData(nameof(TypesAndSignals))]
    public void The_encoder_s_summaries_are_those_of_the_decoded_samples(SampleType type, string signal)
    {
        foreach (int count in (int[])[1, 127, 128, 129, 1000])
        {
            byte[] planar = TypedSignals.Make(type, signal, count, seed: count);
            var output = new ArrayBufferWriter<byte>();
            var encoded = new ChannelSummary[1];
            var verified = new ChannelSummary[1];

            BlockEncoder.Encode(type, planar, 1, output, encoded);
            SampleBlock.Open(output.WrittenSpan).Summarize(verified);

            Assert.Equal(encoded, verified);
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public void A_second_of_silence_inside_a_channel_costs_two_bytes(SampleType type)
    {
        byte[] planar = TypedSignals.Make(type, "silence with a click", 1000, seed: 1);
        byte[] longer = TypedSignals.Make(type, "silence with a click", 31_000, seed: 1);

        int more = Encode(type, longer).PayloadBytes - Encode(type, planar).PayloadBytes;

        Assert.InRange(more, 0, 2);
    }

    [Theory]
    [InlineData("walk", ChannelEncoding.Scaled)]
    [InlineData("decimals", ChannelEncoding.Scaled)]
    [InlineData("odd scale", ChannelEncoding.Scaled)]
    [InlineData("smooth", ChannelEncoding.Split)]
    [InlineData("bits", ChannelEncoding.Raw)]
    public void Floats_are_known_for_what_they_are(string signal, ChannelEncoding expected)
    {
        foreach (var type in (SampleType[])[SampleType.Float32, SampleType.Float64])
        {
            var output = new ArrayBufferWriter<byte>();
            BlockEncoder.Encode(type, TypedSignals.Make(type, signal, 2000, seed: 2), 1, output);
            Assert.Equal(expected, SampleBlock.Open(output.WrittenSpan).GetEncoding(0));
        }
    }

    [Fact]
    public void Scaled_floats_cost_no_more_than_their_integers_and_the_scale()
    {
        byte[] integers = TypedSignals.Make(SampleType.Int32, "walk", 2000, seed: 3);
        byte[] floats = TypedSignals.Make(SampleType.Float64, "decimals", 2000, seed: 3);

        int difference =
            Encode(SampleType.Float64, floats).PayloadBytes - Encode(SampleType.Int32, integers).PayloadBytes;

        Assert.InRange(difference, 0, 13);
    }

    [Fact]
    public void Numbers_in_the_upper_bytes_cost_as_much_as_in_the_lower_ones()
    {
        int[] low = [.. MemoryMarshal.Cast<byte, int>(TypedSignals.Make(SampleType.Int32, "walk", 2000, 4)).ToArray()];
        int[] high = [.. low.Select(sample => sample << 8)];

        int expected = Encode(SampleType.Int32, MemoryMarshal.AsBytes<int>(low).ToArray()).PayloadBytes;

        Assert.Equal(expected, Encode(SampleType.Int32, MemoryMarshal.AsBytes<int>(high).ToArray()).PayloadBytes);
    }

    [Fact]
    public void A_spike_does_not_make_the_rest_of_a_float_channel_dear()
    {
        byte[] calm = TypedSignals.Make(SampleType.Float32, "smooth", 2000, seed: 1);
        byte[] spiked = [.. calm];
        MemoryMarshal.Write(spiked.AsSpan(4000), 1e30f);

        int more = Encode(SampleType.Float32, spiked).PayloadBytes - Encode(SampleType.Float32, calm).PayloadBytes;

        Assert.InRange(more, 1, 100);
    }

    private static BlockHeader Encode(SampleType type, byte[] planar) =>
        BlockEncoder.Encode(type, planar, 1, new ArrayBufferWriter<byte>());

    private static void AssertRoundTrip(SampleType type, byte[] planar, int channelCount)
    {
        var output = new ArrayBufferWriter<byte>();
        var header = BlockEncoder.Encode(type, planar, channelCount, output);

        var block = SampleBlock.Open(output.WrittenSpan);
        byte[] decoded = new byte[block.Header.DecodedBytes];
        // What lies in the room before must not matter.
        decoded.AsSpan().Fill(0xA5);
        block.Decode(decoded);

        Assert.True(planar.AsSpan().SequenceEqual(decoded), $"{type}, {planar.Length} bytes");
        Assert.True(header.PayloadBytes <= planar.Length);
    }
}
