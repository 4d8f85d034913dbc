using Dendrite.Storage.Comparison;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// Where one side wrote blocks, from their keys as they pass: of millions of blocks no more is held than where they
/// lie. Not thread-safe.
/// </summary>
/// <param name="maxStretches">What is left of the stretches when they are joined.</param>
public sealed class WrittenBlocks(int maxStretches)
{
    /// <summary>Stretches that are held until neighbours are joined.</summary>
    private const int MaxHeld = 10_000;

    private List<SampleRange> stretches = [];
    private BlockKey? last;

    /// <summary>Whether there are samples twice, which two branches that were merged into it recorded alike.</summary>
    public bool OverlapThemselves { get; private set; }

    /// <summary>All blocks lie in these; in no order.</summary>
    public IReadOnlyList<SampleRange> Stretches => stretches;

    /// <summary>Gives on what comes.</summary>
    /// <param name="blocks">By channel group, then first sample.</param>
    public async IAsyncEnumerable<BlockKey> NoteAsync(IAsyncEnumerable<BlockKey> blocks)
    {
        await foreach (var block in blocks)
        {
            OverlapThemselves |= block.ChannelGroup == last?.ChannelGroup && block.FirstSample < last.EndSample;
            last = block;
            Note(new(block.FirstSample, block.EndSample));
            yield return block;
        }
    }

    /// <summary>As few stretches, in order; where there are more, neighbours are joined.</summary>
    public static IReadOnlyList<SampleRange> Join(IEnumerable<SampleRange> ranges, int most)
    {
        List<SampleRange> joined = [];
        foreach (var range in ranges.Where(range => !range.IsEmpty).OrderBy(range => range.Start))
        {
            if (joined.Count > 0 && range.Start <= joined[^1].End)
            {
                joined[^1] = joined[^1] with { End = Math.Max(joined[^1].End, range.End) };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined.Count <= most
            ? joined
            : [.. joined.Chunk((joined.Count / most) + 1).Select(run => new SampleRange(run[0].Start, run[^1].End))];
    }

    private void Note(SampleRange range)
    {
        if (stretches.Count > 0 && range.Start >= stretches[^1].Start && range.Start <= stretches[^1].End)
        {
            stretches[^1] = stretches[^1] with { End = Math.Max(stretches[^1].End, range.End) };
            return;
        }

        stretches.Add(range);
        if (stretches.Count > MaxHeld)
        {
            stretches = [.. Join(stretches, maxStretches)];
        }
    }
}
