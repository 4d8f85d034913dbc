using Dendrite.ComparisonService.Streams;
using Dendrite.Storage.Comparison;

namespace Dendrite.ComparisonService.Tests.Streams;

public sealed class WrittenBlocksTests
{
    [Fact]
    public async Task Of_many_blocks_few_stretches_are_held_and_each_block_lies_in_one()
    {
        var blocks = Enumerable
            .Range(0, 3)
            .SelectMany(group => Enumerable.Range(0, 40_000).Select(i => Block(group, (20L * i) + group)))
            .ToList();
        var written = new WrittenBlocks(64);
        var most = 0;

        await foreach (var _ in written.NoteAsync(blocks.ToAsyncEnumerable()))
        {
            most = Math.Max(most, written.Stretches.Count);
        }

        Assert.InRange(most, 64, 10_000);
        Assert.False(written.OverlapThemselves);
        var joined = WrittenBlocks.Join(written.Stretches, 64);
        Assert.InRange(joined.Count, 1, 64);
        Assert.All(
            blocks,
            block => Assert.Contains(joined, range => range.Start <= block.FirstSample && block.EndSample <= range.End)
        );
    }

    [Fact]
    public async Task Blocks_of_one_group_that_share_samples_overlap_and_those_of_two_do_not()
    {
        Assert.True((await NotedAsync(Block(0, 0), Block(0, 9))).OverlapThemselves);
        Assert.False((await NotedAsync(Block(0, 0), Block(0, 10), Block(1, 0))).OverlapThemselves);
        Assert.Equal([new(0, 19)], (await NotedAsync(Block(0, 0), Block(0, 9))).Stretches);
    }

    private static async Task<WrittenBlocks> NotedAsync(params BlockKey[] blocks)
    {
        var written = new WrittenBlocks(64);
        await foreach (var _ in written.NoteAsync(blocks.ToAsyncEnumerable())) { }
        return written;
    }

    private static BlockKey Block(int group, long first) => new(group, first, 10, []);
}
