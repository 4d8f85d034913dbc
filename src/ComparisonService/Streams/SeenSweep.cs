using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// Walks what two sides show of one pair of channel groups. Unlike <see cref="RangeSweep"/> it knows masks, blocks of
/// which others hide a part, and groups of different channels. Pure.
/// </summary>
public static class SeenSweep
{
    /// <summary>Where they differ, by first sample; neighbouring runs that differ alike are one.</summary>
    /// <param name="from">By first sample, none overlapping another.</param>
    /// <param name="to">Likewise.</param>
    public static IEnumerable<DifferingRange> Compare(
        GroupPair pair,
        IReadOnlyList<SeenRun> from,
        IReadOnlyList<SeenRun> to
    ) => RangeSweep.Join(Pieces(pair, from, to));

    private static IEnumerable<DifferingRange> Pieces(
        GroupPair pair,
        IReadOnlyList<SeenRun> from,
        IReadOnlyList<SeenRun> to
    )
    {
        var (left, right) = (0, 0);
        var at = long.MinValue;
        while (left < from.Count || right < to.Count)
        {
            var old = left < from.Count ? Rest(from[left], at) : Nothing;
            var current = right < to.Count ? Rest(to[right], at) : Nothing;
            var start = Math.Min(old.Start, current.Start);
            var end = EndOf(start, old, current);
            if (old.Start == start && current.Start == start)
            {
                if (!pair.HasOneLayout || !from[left].Shows(to[right]))
                {
                    yield return new(pair.From.Index, start, end, RangeSide.Changed);
                }
            }
            else
            {
                yield return old.Start == start
                    ? new(pair.From.Index, start, end, RangeSide.OnlyFrom)
                    : new(pair.To.Index, start, end, RangeSide.OnlyTo);
            }

            at = end;
            left += left < from.Count && from[left].Range.End <= at ? 1 : 0;
            right += right < to.Count && to[right].Range.End <= at ? 1 : 0;
        }
    }

    private static SampleRange Nothing => new(long.MaxValue, long.MaxValue);

    private static SampleRange Rest(SeenRun run, long at) => new(Math.Max(run.Range.Start, at), run.Range.End);

    /// <summary>Where the next thing begins or ends.</summary>
    private static long EndOf(long start, SampleRange old, SampleRange current) =>
        Math.Min(old.Start > start ? old.Start : old.End, current.Start > start ? current.Start : current.End);
}
