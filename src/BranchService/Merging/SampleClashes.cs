using Dendrite.Storage.Comparison;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>A run of samples that both sides wrote, differently.</summary>
internal sealed record SampleClash(long StreamId, int ChannelGroup, SampleRange Range);

/// <summary>
/// Finds where both sides wrote the same samples of a stream and do not agree: other samples, or a gap where the other
/// has samples. Blocks of one place and digest are the same without a look into them; others are decoded and compared,
/// since a gateway may have cut one recording differently in both branches. Thread-safe.
/// </summary>
public sealed class SampleClashes(StreamOverlaps overlaps, StreamDiffStore written, BlockStore stored)
{
    /// <summary>By stream, channel group and first sample; runs that touch are one.</summary>
    internal async Task<IReadOnlyList<SampleClash>> FindAsync(DivergedView view, CancellationToken cancellationToken)
    {
        List<SampleClash> clashes = [];
        foreach (var overlap in await overlaps.ListAsync(view, cancellationToken))
        {
            var source = await ReadAsync(view, view.Source, view.Target, overlap.StreamId, cancellationToken);
            var target = await ReadAsync(view, view.Target, view.Source, overlap.StreamId, cancellationToken);
            var found = new List<(int Group, SampleRange Range)>();
            found.AddRange(Gaps(source, target));
            found.AddRange(Gaps(target, source));
            foreach (var (mine, theirs, common) in Pairs(source.Blocks, target.Blocks))
            {
                if (
                    !IsSame(mine, theirs)
                    && !await AreSameAsync(view, overlap.StreamId, mine.ChannelGroup, common, cancellationToken)
                )
                {
                    found.Add((mine.ChannelGroup, common));
                }
            }

            clashes.AddRange(Join(overlap.StreamId, found));
        }

        return clashes;
    }

    private async Task<Side> ReadAsync(
        DivergedView view,
        Snapshot side,
        Snapshot other,
        long stream,
        CancellationToken cancellationToken
    ) =>
        new(
            await written
                .ReadDivergedBlocksAsync(view.Project, side, other, stream, cancellationToken)
                .ToListAsync(cancellationToken),
            await written.ListDivergedGapsAsync(view.Project, side, other, stream, cancellationToken)
        );

    /// <summary>Samples of one side where the other declared that there are none.</summary>
    private static IEnumerable<(int Group, SampleRange Range)> Gaps(Side side, Side other) =>
        from gap in side.Gaps
        from block in other.Blocks
        where gap.ChannelGroup is null || gap.ChannelGroup == block.ChannelGroup
        let common = RangeOf(block).Intersect(gap.Range)
        where !common.IsEmpty
        select (block.ChannelGroup, common);

    /// <summary>
    /// Blocks of both sides that have samples in common. Both lists are by group and first sample, and the blocks of
    /// one side hardly overlap, so one walk finds them.
    /// </summary>
    private static IEnumerable<(BlockKey Source, BlockKey Target, SampleRange Common)> Pairs(
        IReadOnlyList<BlockKey> source,
        IReadOnlyList<BlockKey> target
    )
    {
        var first = 0;
        foreach (var block in source)
        {
            while (first < target.Count && IsBefore(target[first], block))
            {
                first++;
            }

            for (var i = first; i < target.Count && !IsBefore(block, target[i]); i++)
            {
                var common = RangeOf(block).Intersect(RangeOf(target[i]));
                if (!common.IsEmpty && target[i].ChannelGroup == block.ChannelGroup)
                {
                    yield return (block, target[i], common);
                }
            }
        }
    }

    private static bool IsBefore(BlockKey block, BlockKey other) =>
        (block.ChannelGroup, block.EndSample).CompareTo((other.ChannelGroup, other.FirstSample)) <= 0;

    private async Task<bool> AreSameAsync(
        DivergedView view,
        long stream,
        int group,
        SampleRange common,
        CancellationToken cancellationToken
    )
    {
        var target = await stored
            .ReadAsync(view.Project, view.Target, stream, [group], common, cancellationToken)
            .ToListAsync(cancellationToken);
        var source = stored.ReadAsync(view.Project, view.Source, stream, [group], common, cancellationToken);
        await foreach (var block in source)
        {
            foreach (var other in target)
            {
                var both = block.Visible.Intersect(other.Visible).Intersect(common);
                if (!both.IsEmpty && !SampleComparison.AreSame(block.Payload, block.PayloadStart, other, both))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static IEnumerable<SampleClash> Join(long stream, List<(int Group, SampleRange Range)> found)
    {
        SampleClash? run = null;
        foreach (var (group, range) in found.OrderBy(clash => clash.Group).ThenBy(clash => clash.Range.Start))
        {
            if (run is not null && run.ChannelGroup == group && range.Start <= run.Range.End)
            {
                run = run with { Range = new(run.Range.Start, Math.Max(run.Range.End, range.End)) };
                continue;
            }

            if (run is not null)
            {
                yield return run;
            }

            run = new(stream, group, range);
        }

        if (run is not null)
        {
            yield return run;
        }
    }

    private static bool IsSame(BlockKey block, BlockKey other) =>
        (block.FirstSample, block.SampleCount) == (other.FirstSample, other.SampleCount)
        && block.SampleDigest.AsSpan().SequenceEqual(other.SampleDigest);

    private static SampleRange RangeOf(BlockKey block) => new(block.FirstSample, block.EndSample);

    private sealed record Side(IReadOnlyList<BlockKey> Blocks, IReadOnlyList<SampleGap> Gaps);
}
