namespace Dendrite.Storage.Signals;

/// <summary>
/// Puts the blocks of a stream in the order of their samples and gives each sample once. Both sides of a merge may have
/// stored the same samples, cut into other blocks: of a block that overlaps what came before it, only the rest is
/// visible. Not thread-safe.
/// </summary>
/// <remarks>
/// Blocks come by first sample; a part of one may begin behind the next block, so parts wait until no earlier one can
/// come. At most the blocks that overlap are held.
/// </remarks>
internal sealed class VisibleBlocks
{
    private readonly PriorityQueue<StoredBlock, (long Start, int Group)> waiting = new();
    private readonly Dictionary<int, List<SampleRange>> given = [];

    /// <summary>Takes the next block, by first sample.</summary>
    /// <returns>The parts that come before any part of it, in order.</returns>
    public IEnumerable<StoredBlock> Add(StoredBlock block)
    {
        foreach (var ready in TakeUntil((block.FirstSample, block.ChannelGroup)))
        {
            yield return ready;
        }

        if (!given.TryGetValue(block.ChannelGroup, out var before))
        {
            given[block.ChannelGroup] = before = [];
        }

        before.RemoveAll(range => range.End <= block.FirstSample);
        var parts = block.Range.Without(before);
        before.AddRange(parts);
        foreach (var part in parts)
        {
            waiting.Enqueue(block with { Visible = part }, (part.Start, block.ChannelGroup));
        }
    }

    /// <summary>The parts that are left, in order.</summary>
    public IEnumerable<StoredBlock> Complete() => TakeUntil((long.MaxValue, int.MaxValue));

    private IEnumerable<StoredBlock> TakeUntil((long, int) end)
    {
        while (waiting.TryPeek(out var block, out var place) && place.CompareTo(end) < 0)
        {
            waiting.Dequeue();
            yield return block;
        }
    }
}
