namespace Dendrite.Storage.Signals;

/// <summary>
/// Puts the blocks of a stream in the order of their samples and gives each sample once. Both sides of a merge may have
/// stored the same samples, cut into other blocks: of a block that overlaps what came before it, only the rest is
/// visible. What masks hide comes as parts of its own. Not thread-safe.
/// </summary>
/// <remarks>
/// Blocks come by first sample; a part of one may begin behind the next block, so parts wait until no earlier one can
/// come. At most the blocks that overlap are held.
/// </remarks>
internal sealed class VisibleBlocks
{
    private readonly PriorityQueue<StoredBlock, (long Start, int Group)> waiting = new();
    private readonly Dictionary<int, List<SampleRange>> given = [];
    private readonly Dictionary<int, List<SampleRange>> hidden = [];

    /// <summary>Takes the next block, by first sample.</summary>
    /// <param name="block">The next one.</param>
    /// <param name="masks">Those that touch it, by first sample.</param>
    /// <returns>The parts that come before any part of it, in order.</returns>
    public IEnumerable<StoredBlock> Add(StoredBlock block, IReadOnlyList<SampleMask> masks)
    {
        foreach (var ready in TakeUntil((block.FirstSample, block.ChannelGroup)))
        {
            yield return ready;
        }

        var (seen, unseen) = (Before(given, block), Before(hidden, block));
        IEnumerable<SampleRange> parts = block.Range.Without(seen);
        var hiding = masks.Where(mask => mask.Hides(block)).ToList();
        foreach (var mask in hiding.Where(mask => mask.HidesAllChannels))
        {
            foreach (var part in parts.SelectMany(part => part.Intersect(mask.Range).Without(unseen)).ToList())
            {
                unseen.Add(part);
                Enqueue(block with { Visible = part, HiddenBy = mask });
            }

            parts = parts.SelectMany(part => part.Without([mask.Range])).ToList();
        }

        foreach (var part in parts.ToList())
        {
            seen.Add(part);
            Enqueue(block with { Visible = part, ChannelMasks = Touching(hiding, part) });
        }
    }

    /// <summary>The parts that are left, in order.</summary>
    public IEnumerable<StoredBlock> Complete() => TakeUntil((long.MaxValue, int.MaxValue));

    private static SampleMask[] Touching(List<SampleMask> hiding, SampleRange part) =>
        [.. hiding.Where(mask => !mask.HidesAllChannels && !mask.Range.Intersect(part).IsEmpty)];

    /// <summary>Runs of the block's group that came before and may touch it.</summary>
    private static List<SampleRange> Before(Dictionary<int, List<SampleRange>> runs, StoredBlock block)
    {
        if (!runs.TryGetValue(block.ChannelGroup, out var before))
        {
            runs[block.ChannelGroup] = before = [];
        }

        before.RemoveAll(range => range.End <= block.FirstSample);
        return before;
    }

    private void Enqueue(StoredBlock part) => waiting.Enqueue(part, (part.Visible.Start, part.ChannelGroup));

    private IEnumerable<StoredBlock> TakeUntil((long, int) end)
    {
        while (waiting.TryPeek(out var block, out var place) && place.CompareTo(end) < 0)
        {
            waiting.Dequeue();
            yield return block;
        }
    }
}
