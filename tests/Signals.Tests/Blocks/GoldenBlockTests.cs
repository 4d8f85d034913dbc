using System.Buffers;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

/// <summary>
/// The test vectors of docs/block-format.md. A change here is a change of the format: stored blocks would no longer be
/// read, so it needs an encoding with a new number instead.
/// </summary>
public sealed class GoldenBlockTests
{
    public static TheoryData<int> Vectors => [.. Enumerable.Range(0, DocumentedFormat.Vectors.Count)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void The_decoder_reads_the_documented_bytes(int index)
    {
        var vector = DocumentedFormat.Vectors[index];

        var block = SampleBlock.Open(vector.Block);
        byte[] decoded = new byte[block.Header.DecodedBytes];
        block.Decode(decoded);

        Assert.Equal(vector.Encoding, block.GetEncoding(0));
        Assert.Equal(Convert.ToHexString(vector.Planar), Convert.ToHexString(decoded));
    }

    /// <summary>Those that the encoder still writes.</summary>
    public static TheoryData<int> WrittenVectors =>
        [
            .. Enumerable
                .Range(0, DocumentedFormat.Vectors.Count)
                .Where(index => DocumentedFormat.Vectors[index].Encoding != ChannelEncoding.Frames16),
        ];

    [Theory]
    [MemberData(nameof(WrittenVectors))]
    public void The_encoder_writes_exactly_the_documented_bytes(int index)
    {
        var vector = DocumentedFormat.Vectors[index];
        var output = new ArrayBufferWriter<byte>();

        BlockEncoder.Encode(vector.Type, vector.Planar, channelCount: 1, output);

        Assert.Equal(Convert.ToHexStringLower(vector.Block), Convert.ToHexStringLower(output.WrittenSpan));
    }

    [Fact]
    public void Each_encoding_of_the_fast_effort_has_a_vector()
    {
        var documented = DocumentedFormat.Vectors.Select(vector => vector.Encoding).ToHashSet();

        Assert.All(
            Enum.GetValues<ChannelEncoding>().Where(encoding => (int)encoding < 16),
            encoding => Assert.Contains(encoding, documented)
        );
    }
}
