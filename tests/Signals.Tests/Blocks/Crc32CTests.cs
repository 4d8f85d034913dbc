using System.Numerics;
using System.Text;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

public sealed class Crc32CTests
{
    [Fact]
    public void It_agrees_with_the_published_check_values()
    {
        // The catalogue's check value, and RFC 3720 appendix B.4: 32 bytes of zeros, of ones, ascending.
        Assert.Equal(0xE3069283u, Crc32C.Compute(Encoding.ASCII.GetBytes("123456789")));
        Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));
        Assert.Equal(0x62A8AB43u, Crc32C.Compute([.. Enumerable.Repeat((byte)0xFF, 32)]));
        Assert.Equal(0x46DD794Eu, Crc32C.Compute([.. Enumerable.Range(0, 32).Select(value => (byte)value)]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3071)]
    [InlineData(3072)]
    [InlineData(3073)]
    [InlineData(100_003)]
    public void Three_lanes_give_what_one_byte_at_a_time_gives(int length)
    {
        byte[] data = new byte[length];
        new Random(length).NextBytes(data);
        uint expected = ~data.Aggregate(uint.MaxValue, BitOperations.Crc32C);

        Assert.Equal(expected, Crc32C.Compute(data));
        Assert.Equal(expected, Crc32C.Append(Crc32C.Compute(data.AsSpan(0, length / 3)), data.AsSpan(length / 3)));
    }
}
