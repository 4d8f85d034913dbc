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
    public static IAsyncEnumerable<DifferingRange> CompareAsync(
        GroupPair pair,
        IAsyncEnumerable<SeenRun> from,
        IAsyncEnumerable<SeenRun> to
    ) => RangeSweep.JoinAsync(PiecesAsync(pair, from, to));

    private static async IAsyncEnumerable<DifferingRange> PiecesAsync(
        GroupPair pair,
        IAsyncEnumerable<SeenRun> from,
        IAsyncEnumerable<SeenRun> to
    )
    {
        await using var left = from.GetAsyncEnumerator();
        await using var right = to.GetAsyncEnumerator();
        var (hasLeft, hasRight) = (await left.MoveNextAsync(), await right.MoveNextAsync());
        var at = long.MinValue;
        while (hasLeft || hasRight)
        {
            var old = hasLeft ? Rest(left.Current, at) : Nothing;
            var current = hasRight ? Rest(right.Current, at) : Nothing;
            var start = Math.Min(old.Start, current.Start);
            var end = EndOf(start, old, current);
            if (old.Start == start && current.Start == start)
            {
                if (!pair.HasOneLayout || !left.Current.Shows(right.Current))
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
            hasLeft = hasLeft && (left.Current.Range.End > at || await left.MoveNextAsync());
            hasRight = hasRight && (right.Current.Range.End > at || await right.MoveNextAsync());
        }
    }

    private static SampleRange Nothing => new(long.MaxValue, long.MaxValue);

    private static SampleRange Rest(SeenRun run, long at) => new(Math.Max(run.Range.Start, at), run.Range.End);

    /// <summary>Where the next thing begins or ends.</summary>
    private static long EndOf(long start, SampleRange old, SampleRange current) =>
        Math.Min(old.Start > start ? old.Start : old.End, current.Start > start ? current.Start : current.End);
}
