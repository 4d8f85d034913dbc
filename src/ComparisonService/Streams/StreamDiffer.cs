using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// Which streams two snapshots see differently. The cost follows what diverged, never the length of recordings.
/// </summary>
public sealed class StreamDiffer(StreamDiffStore store)
{
    /// <summary>
    /// Pairs streams by name. One round trip, and four more for each stream that both sides have and one wrote.
    /// </summary>
    public async Task<StreamDiff> CompareAsync(
        ProjectId project,
        Snapshot from,
        Snapshot to,
        CancellationToken cancellation
    )
    {
        var touched = await store.FindTouchedAsync(project, from, to, cancellation);
        var old = touched.InFrom.ToDictionary(stream => stream.Stream.Descriptor.Name);
        var current = touched.InTo.ToDictionary(stream => stream.Stream.Descriptor.Name);
        List<StreamPair> differing = [];
        var equal = touched.UntouchedCount;
        foreach (var name in old.Keys.Union(current.Keys).Order(StringComparer.Ordinal))
        {
            var (before, after) = (old.GetValueOrDefault(name), current.GetValueOrDefault(name));
            var ranges =
                before is null || after is null
                    ? []
                    : await CompareBlocksAsync(project, (from, before), (to, after), cancellation);
            var pair = new StreamPair(name, before, after, ranges);
            if (pair.IsEqual)
                equal++;
            else
                differing.Add(pair);
        }

        return new(differing, equal);
    }

    private async Task<IReadOnlyList<DifferingRange>> CompareBlocksAsync(
        ProjectId project,
        (Snapshot Snapshot, TouchedStream Stream) from,
        (Snapshot Snapshot, TouchedStream Stream) to,
        CancellationToken cancellation
    )
    {
        var old = await store.ListDivergedBlocksAsync(
            project,
            from.Snapshot,
            to.Snapshot,
            from.Stream.Stream.StreamId,
            cancellation
        );
        var current = await store.ListDivergedBlocksAsync(
            project,
            to.Snapshot,
            from.Snapshot,
            to.Stream.Stream.StreamId,
            cancellation
        );
        var masked = (await ListMaskedAsync(project, to, from, RangeSide.OnlyFrom, cancellation)).Concat(
            await ListMaskedAsync(project, from, to, RangeSide.OnlyTo, cancellation)
        );
        return
        [
            .. RangeSweep
                .Compare(old, current)
                .Concat(masked)
                .OrderBy(range => (range.ChannelGroup, range.Start, range.End)),
        ];
    }

    /// <summary>What masks of one side hide, in every group, where the other side has samples.</summary>
    private async Task<IEnumerable<DifferingRange>> ListMaskedAsync(
        ProjectId project,
        (Snapshot Snapshot, TouchedStream Stream) side,
        (Snapshot Snapshot, TouchedStream Stream) other,
        RangeSide isSeenBy,
        CancellationToken cancellation
    )
    {
        var stream = side.Stream.Stream;
        var gaps = await store.ListDivergedGapsAsync(
            project,
            side.Snapshot,
            other.Snapshot,
            stream.StreamId,
            cancellation
        );
        var whole = new SampleRange(0, other.Stream.Stream.Progress.NextSample);
        return from gap in gaps
            where gap.Cause == GapCause.Masked
            let range = gap.Range.Intersect(whole)
            where !range.IsEmpty
            from @group in Enumerable.Range(0, stream.Descriptor.Groups.Count)
            select new DifferingRange(@group, range.Start, range.End, isSeenBy);
    }
}

/// <summary>The streams that differ, by name, and how many do not.</summary>
public sealed record StreamDiff(IReadOnlyList<StreamPair> Differing, long EqualCount);
