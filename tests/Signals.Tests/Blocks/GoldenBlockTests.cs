using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

/// <summary>
/// The test vectors of docs/block-format.md. A change here is a change of the format: stored blocks would no longer be
/// read, so it needs a new version number instead.
/// </summary>
public sealed class GoldenBlockTests
{
    /// <summary>Written by encoders before escapes; one channel each; samples, block in hexadecimal.</summary>
    public static TheoryData<short[], string> Vectors =>
        new()
        {
            { [-2, -2, -2, -2], "44424c4b01010000010000000400000002000000730155d001020000feff" },
            {
                [100, 101, 103, 106, 110, 115, 121, 128, 136, 145],
                "44424c4b01010000010000000a00000012000000c64a7a67021200002800c81002120400060008000a000c000e00"
            },
            {
                [0, 1, 0, -1, 0, 1, 0, -1, 0, 1, 0, 1000],
                "44424c4b01010000010000000c0000001500000084114b3e02150000280100020202010101d002000200010001000b0700"
            },
            {
                [short.MinValue, short.MaxValue, 0],
                "44424c4b01010000010000000300000006000000895bdd9a000600000080ff7f0000"
            },
        };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void What_earlier_encoders_wrote_is_read(short[] samples, string block)
    {
        short[] decoded = new short[samples.Length];
        SampleBlock.Open(Convert.FromHexString(block)).Decode(decoded);
        Assert.Equal(samples, decoded);
    }
}
