using Dendrite.ComparisonService.Streams;
using Dendrite.Storage.Comparison;

namespace Dendrite.ComparisonService.Tests.Streams;

public sealed class RangeSweepTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("a0-10", "a0-10", "")]
    [InlineData("a0-10", "", "< 0-10")]
    [InlineData("", "a0-10", "> 0-10")]
    [InlineData("a0-10", "b0-10", "! 0-10")]
    [InlineData("a0-10 b10-20", "a0-10 c10-20 d20-30", "! 10-20, > 20-30")]
    [InlineData("a0-10 b10-20", "", "< 0-20")]
    [InlineData("a0-10 b20-30", "", "< 0-10, < 20-30")]
    [InlineData("a0-20", "b0-10 c10-20", "! 0-20")]
    [InlineData("a0-20", "b10-30", "< 0-10, ! 10-20, > 20-30")]
    [InlineData("a0-10 b10-20 c20-30", "a0-10 x10-20 c20-30", "! 10-20")]
    [InlineData("a50-60", "b0-10", "> 0-10, < 50-60")]
    public async Task Differences_are_told_by_side_and_range(string from, string to, string expected) =>
        Assert.Equal(expected, Describe(await CompareAsync(Blocks(from, 0), Blocks(to, 0))));

    [Fact]
    public async Task Channel_groups_are_compared_each_with_its_own()
    {
        var from = Blocks("a0-10", 0).Concat(Blocks("b0-10", 1));
        var to = Blocks("a0-10", 0).Concat(Blocks("c0-10", 2));

        var ranges = await CompareAsync(from, to);

        Assert.Equal([new(1, 0, 10, RangeSide.OnlyFrom), new(2, 0, 10, RangeSide.OnlyTo)], ranges);
    }

    [Fact]
    public async Task Swapping_the_sides_swaps_the_answer()
    {
        var (one, other) = ("a0-7 b7-20 c25-30", "a0-7 d9-12 c25-30 e40-41");

        var forth = await CompareAsync(Blocks(one, 0), Blocks(other, 0));
        var back = (await CompareAsync(Blocks(other, 0), Blocks(one, 0))).Select(Swap);

        Assert.Equal(forth, back);
    }

    private static ValueTask<DifferingRange[]> CompareAsync(IEnumerable<BlockKey> from, IEnumerable<BlockKey> to) =>
        RangeSweep
            .CompareAsync(from.ToAsyncEnumerable(), to.ToAsyncEnumerable())
            .ToArrayAsync(TestContext.Current.CancellationToken);

    private static DifferingRange Swap(DifferingRange range) =>
        range with
        {
            Side = range.Side switch
            {
                RangeSide.OnlyFrom => RangeSide.OnlyTo,
                RangeSide.OnlyTo => RangeSide.OnlyFrom,
                _ => range.Side,
            },
        };

    /// <summary>
    /// "a0-10 b10-20": a block of samples 0 to 9 with content a, then one of samples 10 to 19 with content b.
    /// </summary>
    private static IEnumerable<BlockKey> Blocks(string text, int channelGroup) =>
        from word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        let bounds = word[1..].Split('-').Select(long.Parse).ToArray()
        select new BlockKey(channelGroup, bounds[0], (int)(bounds[1] - bounds[0]), [(byte)word[0]]);

    private static string Describe(IEnumerable<DifferingRange> ranges) =>
        string.Join(", ", ranges.Select(range => $"{Sign(range.Side)} {range.Start}-{range.End}"));

    private static char Sign(RangeSide side) =>
        side switch
        {
            RangeSide.OnlyFrom => '<',
            RangeSide.OnlyTo => '>',
            _ => '!',
        };
}
