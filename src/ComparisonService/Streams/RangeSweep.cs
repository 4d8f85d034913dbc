using Dendrite.Storage.Comparison;

namespace Dendrite.ComparisonService.Streams;

/// <summary>Where two sides differ, as far as it follows from which blocks they have.</summary>
public enum RangeSide
{
    /// <summary>Stored on the old side only.</summary>
    OnlyFrom,

    /// <summary>Stored on the new side only.</summary>
    OnlyTo,

    /// <summary>Stored on both by different blocks.</summary>
    Changed,
}

/// <summary>A run of samples of one channel group that differs.</summary>
/// <param name="ChannelGroup">The group.</param>
/// <param name="Start">Index of its first sample.</param>
/// <param name="End">Index after its last sample.</param>
/// <param name="Side">How it differs.</param>
public readonly record struct DifferingRange(int ChannelGroup, long Start, long End, RangeSide Side);

/// <summary>
/// Walks the blocks of two sides together, both sorted by channel group and first sample:
/// <code>
/// from  |--- a ---|--- b ---|
/// to    |--- a ---|--- c ---|--- d ---|
///                  changed    only to
/// </code>
/// Blocks of the same samples and digest are equal whatever their encoding. Neighbouring runs that differ alike are
/// one.
/// </summary>
public static class RangeSweep
{
    public static IAsyncEnumerable<DifferingRange> CompareAsync(
        IAsyncEnumerable<BlockKey> from,
        IAsyncEnumerable<BlockKey> to
    ) => JoinAsync(PiecesAsync(from, to));

    /// <summary>Makes one of neighbours that differ alike.</summary>
    internal static async IAsyncEnumerable<DifferingRange> JoinAsync(IAsyncEnumerable<DifferingRange> pieces)
    {
        DifferingRange? run = null;
        await foreach (var next in pieces)
        {
            if (run is { } current && Continues(current, next))
            {
                run = current with { End = next.End };
                continue;
            }

            if (run is { } ended)
            {
                yield return ended;
            }

            run = next;
        }

        if (run is { } last)
        {
            yield return last;
        }
    }

    private static bool Continues(DifferingRange run, DifferingRange next) =>
        run.ChannelGroup == next.ChannelGroup && run.End == next.Start && run.Side == next.Side;

    private static async IAsyncEnumerable<DifferingRange> PiecesAsync(
        IAsyncEnumerable<BlockKey> from,
        IAsyncEnumerable<BlockKey> to
    )
    {
        await using var left = await Cursor.OpenAsync(from);
        await using var right = await Cursor.OpenAsync(to);
        while (left.HasBlock || right.HasBlock)
        {
            if (left.HasBlock && right.HasBlock && left.IsWholeAndEqualTo(right))
            {
                await left.SkipToAsync(left.End);
                await right.SkipToAsync(right.End);
                continue;
            }

            yield return await NextPieceAsync(left, right);
        }
    }

    private static async ValueTask<DifferingRange> NextPieceAsync(Cursor left, Cursor right)
    {
        var order = Cursor.Order(left, right);
        var (first, other, side) = order <= 0 ? (left, right, RangeSide.OnlyFrom) : (right, left, RangeSide.OnlyTo);
        var sameGroup = other.HasBlock && other.Group == first.Group;
        var (group, start) = (first.Group, first.Start);
        if (sameGroup && other.Start == start)
        {
            var both = Math.Min(first.End, other.End);
            await left.SkipToAsync(both);
            await right.SkipToAsync(both);
            return new(group, start, both, RangeSide.Changed);
        }

        var alone = sameGroup ? Math.Min(first.End, other.Start) : first.End;
        await first.SkipToAsync(alone);
        return new(group, start, alone, side);
    }

    /// <summary>
    /// What is left of one side: the current block from <see cref="Start"/> on, and all blocks after it.
    /// </summary>
    private sealed class Cursor(IAsyncEnumerator<BlockKey> blocks) : IAsyncDisposable
    {
        public static async ValueTask<Cursor> OpenAsync(IAsyncEnumerable<BlockKey> side)
        {
            var cursor = new Cursor(side.GetAsyncEnumerator());
            await cursor.NextAsync();
            return cursor;
        }

        public bool HasBlock { get; private set; }
        public long Start { get; private set; }
        public int Group => Block.ChannelGroup;
        public long End => Block.EndSample;
        private BlockKey Block => blocks.Current;

        public bool IsWholeAndEqualTo(Cursor other) =>
            Start == Block.FirstSample
            && other.Start == Start
            && other.Group == Group
            && other.End == End
            && other.Block.FirstSample == Start
            && Block.SampleDigest.AsSpan().SequenceEqual(other.Block.SampleDigest);

        public async ValueTask SkipToAsync(long sample)
        {
            if (sample < End)
            {
                Start = sample;
            }
            else
            {
                await NextAsync();
            }
        }

        /// <summary>Negative when the left side comes first; a side without blocks comes last.</summary>
        public static int Order(Cursor left, Cursor right)
        {
            if (!left.HasBlock || !right.HasBlock)
            {
                return left.HasBlock ? -1 : 1;
            }

            return (left.Group, left.Start).CompareTo((right.Group, right.Start));
        }

        public ValueTask DisposeAsync() => blocks.DisposeAsync();

        private async ValueTask NextAsync()
        {
            HasBlock = await blocks.MoveNextAsync();
            Start = HasBlock ? Block.FirstSample : 0;
        }
    }
}
