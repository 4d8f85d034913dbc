using System.Runtime.CompilerServices;
using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Streams;

/// <summary>A stream on one side.</summary>
public sealed record StreamSide(Snapshot Snapshot, SignalStream Stream);

/// <summary>Two streams to be compared.</summary>
/// <param name="Channels">Labels; empty for all that both have.</param>
public sealed record ComparedStreams(
    ProjectId Project,
    StreamSide From,
    StreamSide To,
    IReadOnlyCollection<string> Channels
)
{
    public IReadOnlyList<GroupPair> Groups { get; } =
        GroupPair.Of(From.Stream.Descriptor, To.Stream.Descriptor, Channels);

    /// <summary>Whether both sides see one and the same stream: then only what was written beyond their base can
    /// differ.</summary>
    public bool IsShared => From.Stream.StreamId == To.Stream.StreamId;
}

/// <summary>
/// Where two streams differ, from which blocks they have and what these blocks' digests are; decodes nothing, and of a
/// stream that both sides see looks only at blocks and masks beyond their base. Thread-safe.
/// </summary>
public sealed class StreamRanges(StreamDiffStore store, BlockStore blocks, MaskStore masks)
{
    /// <summary>
    /// Stretches whose blocks are looked at one by one. Where there are more, neighbours are joined: digests of shared
    /// blocks between them cost less than as many round trips.
    /// </summary>
    private const int MaxStretches = 64;

    /// <summary>
    /// The ranges that differ, by first sample, then group. At most five round trips, and some for long streams, for
    /// masks and for what both recorded before one was merged into the other.
    /// </summary>
    public async Task<IReadOnlyList<DifferingRange>> FindAsync(ComparedStreams streams, CancellationToken cancellation)
    {
        var oldMasks = await ListMasksAsync(streams.Project, streams.From, cancellation);
        var newMasks = await ListMasksAsync(streams.Project, streams.To, cancellation);
        var (old, current) = (new WrittenBlocks(MaxStretches), new WrittenBlocks(MaxStretches));
        var found = RangeSweep.CompareAsync(
            old.NoteAsync(ReadBlocksAsync(streams, streams.From, streams.To, cancellation)),
            current.NoteAsync(ReadBlocksAsync(streams, streams.To, streams.From, cancellation))
        );
        var ranges = InOrder(await found.ToListAsync(cancellation));
        var areBare = oldMasks.Count + newMasks.Count == 0 && !old.OverlapThemselves && !current.OverlapThemselves;
        if (areBare && IsWhole(streams) && !await MayBeOnBothAsync(streams, ranges, cancellation))
        {
            return ranges;
        }

        var written = old.Stretches.Concat(current.Stretches).Concat(Differing(oldMasks, newMasks));
        return await LookAsync(streams, WrittenBlocks.Join(written, MaxStretches), cancellation);
    }

    /// <summary>
    /// Whether samples that only one side has beyond the base may be in the base as well: where both sides recorded the
    /// same, a merge of one into the other leaves the one's blocks in the base and the other's beyond it.
    /// </summary>
    private async Task<bool> MayBeOnBothAsync(
        ComparedStreams streams,
        DifferingRange[] ranges,
        CancellationToken cancellation
    )
    {
        var starts = ranges
            .Where(range => range.Side != RangeSide.Changed)
            .GroupBy(range => range.ChannelGroup)
            .ToDictionary(group => group.Key, group => group.Min(range => range.Start));
        return streams.IsShared
            && starts.Count > 0
            && await store.HoldsSamplesFromAsync(
                streams.Project,
                Snapshot.Base(streams.From.Snapshot, streams.To.Snapshot),
                streams.From.Stream.StreamId,
                starts,
                cancellation
            );
    }

    /// <summary>Compares what both sides show wherever they have blocks or masks of their own.</summary>
    private async Task<IReadOnlyList<DifferingRange>> LookAsync(
        ComparedStreams streams,
        IReadOnlyList<SampleRange> stretches,
        CancellationToken cancellation
    )
    {
        List<DifferingRange> ranges = [];
        foreach (var stretch in stretches)
        {
            foreach (var pair in streams.Groups)
            {
                var left = ReadAsync(streams.Project, streams.From, pair.From, stretch, cancellation);
                var right = ReadAsync(streams.Project, streams.To, pair.To, stretch, cancellation);
                ranges.AddRange(await SeenSweep.CompareAsync(pair, left, right).ToListAsync(cancellation));
            }
        }

        return InOrder(ranges);
    }

    /// <summary>Whether every group of the two is compared whole with its like.</summary>
    private static bool IsWhole(ComparedStreams streams) =>
        streams.Channels.Count == 0
        && streams.Groups.Count == streams.From.Stream.Descriptor.Groups.Count
        && streams.Groups.Count == streams.To.Stream.Descriptor.Groups.Count
        && streams.Groups.All(pair => pair.HasOneLayout && pair.From.Index == pair.To.Index);

    private static DifferingRange[] InOrder(IEnumerable<DifferingRange> ranges) =>
        [.. ranges.OrderBy(range => range.Start).ThenBy(range => range.ChannelGroup).ThenBy(range => range.End)];

    private IAsyncEnumerable<BlockKey> ReadBlocksAsync(
        ComparedStreams streams,
        StreamSide side,
        StreamSide other,
        CancellationToken cancellation
    ) =>
        store.ReadDivergedBlocksAsync(
            streams.Project,
            side.Snapshot,
            // Of two streams nothing is shared.
            streams.IsShared
                ? other.Snapshot
                : Snapshot.Empty,
            side.Stream.StreamId,
            cancellation
        );

    private async Task<IReadOnlyList<SampleMask>> ListMasksAsync(
        ProjectId project,
        StreamSide side,
        CancellationToken cancellation
    )
    {
        var all = new SampleRange(0, long.MaxValue);
        var view = new RecordView(project, side.Snapshot);
        return await masks.ReadAsync(view, side.Stream.StreamId, all, cancellation).ToListAsync(cancellation);
    }

    private static IEnumerable<SampleRange> Differing(IReadOnlyList<SampleMask> from, IReadOnlyList<SampleMask> to)
    {
        var (old, current) = (from.ToLookup(MaskOf), to.ToLookup(MaskOf));
        return from.Where(mask => !current.Contains(MaskOf(mask)))
            .Concat(to.Where(mask => !old.Contains(MaskOf(mask))))
            .Select(mask => mask.Range);
    }

    private static (Guid, SampleRange, string, CommitVersion) MaskOf(SampleMask mask) =>
        (mask.Id, mask.Range, string.Join('\n', mask.Channels), mask.Version);

    /// <summary>What a side shows of the channels in a stretch, cut to it.</summary>
    private async IAsyncEnumerable<SeenRun> ReadAsync(
        ProjectId project,
        StreamSide side,
        GroupSide group,
        SampleRange stretch,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var parts = blocks.ReadDigestsAsync(
            project,
            side.Snapshot,
            side.Stream.StreamId,
            [group.Index],
            stretch,
            cancellation
        );
        await foreach (var part in parts)
        {
            foreach (var run in SeenRun.Of(part, group))
            {
                var range = run.Range.Intersect(stretch);
                if (!range.IsEmpty)
                {
                    yield return run with
                    {
                        Range = range,
                    };
                }
            }
        }
    }
}
