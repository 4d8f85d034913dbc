using Dendrite.Storage.Compaction;

namespace Dendrite.Storage.Tests.Compaction;

public sealed class BlockRunTests
{
    [Fact]
    public void A_run_ends_with_the_block_that_fills_it()
    {
        Assert.Equal(4, BlockRuns.Next(Blocks("0+25@1 25+25@2 50+25@3 75+25@4 100+25@5"), target: 100, isAll: false));
        Assert.Equal(3, BlockRuns.Next(Blocks("0+30@1 30+30@2 60+30@3 90+30@4"), target: 100, isAll: false));
        Assert.Equal(1, BlockRuns.Next(Blocks("0+500@1 500+500@2"), target: 100, isAll: false));
    }

    [Fact]
    public void Settled_blocks_wait_for_those_that_are_being_written_behind_them()
    {
        Assert.Equal(0, BlockRuns.Next(Blocks("0+10@1 10+10@2 20+10@3!"), target: 100, isAll: true));
        Assert.Equal(0, BlockRuns.Next(Blocks("0+10@1 10+10@2"), target: 100, isAll: false));
        Assert.Equal(2, BlockRuns.Next(Blocks("0+10@1 10+10@2"), target: 100, isAll: true));
    }

    [Fact]
    public void A_hole_ends_a_run_and_so_does_an_older_block()
    {
        Assert.Equal(2, BlockRuns.Next(Blocks("0+10@1 10+10@2 30+10@3"), target: 100, isAll: false));
        Assert.Equal(2, BlockRuns.Next(Blocks("0+10@1 10+10@2 30+10@3!"), target: 100, isAll: false));
        Assert.Equal(1, BlockRuns.Next(Blocks("0+10@2 10+10@1 20+10@3"), target: 100, isAll: false));
    }

    [Fact]
    public void Of_nothing_there_is_no_run()
    {
        Assert.Equal(0, BlockRuns.Next([], target: 100, isAll: true));
    }

    /// <summary>Written as first sample + count @ version; a mark behind it: not settled.</summary>
    private static LooseBlock[] Blocks(string text) =>
        [
            .. text.Split(' ')
                .Select(block =>
                {
                    var parts = block.TrimEnd('!').Split('+', '@').Select(int.Parse).ToArray();
                    return new LooseBlock(parts[0], parts[1], new(parts[2]), new byte[32], 1, !block.EndsWith('!'));
                }),
        ];
}
