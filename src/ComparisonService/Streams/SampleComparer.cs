using Dendrite.Storage.Signals;
using Dendrite.V1;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Streams;

/// <summary>By how much streams differ.</summary>
/// <param name="Channels">One for each channel that was compared, in the order of the groups.</param>
/// <param name="ReadBytes">Bytes of payloads that were fetched.</param>
public sealed record SampleDifferences(IReadOnlyList<ChannelDifference> Channels, long ReadBytes);

/// <summary>
/// Compares streams sample by sample, in the ranges that both store by different blocks and nowhere else. Holds a page
/// of blocks of each side, and no connection between two pages. Thread-safe.
/// </summary>
public sealed class SampleComparer(BlockStore blocks)
{
    /// <exception cref="Errors.DendriteException">DATA_DAMAGED: a stored block does not decode.</exception>
    public async Task<SampleDifferences> CompareAsync(
        ComparedStreams streams,
        IReadOnlyList<DifferingRange> ranges,
        CancellationToken cancellation
    )
    {
        List<ChannelDifference> channels = [];
        var readBytes = 0L;
        foreach (var pair in streams.Groups)
        {
            var old = new DecodedSide(blocks, streams.Project, streams.From, pair.From);
            var current = new DecodedSide(blocks, streams.Project, streams.To, pair.To);
            var tallies = pair
                .From.Channels.Zip(pair.To.Channels, (left, right) => new ChannelTally(left, right))
                .ToList();
            foreach (var range in ChangedRangesOf(pair, ranges))
            {
                await CompareAsync((old, current), (pair, tallies), range, cancellation);
            }

            channels.AddRange(tallies.Select(tally => tally.ToMessage()));
            readBytes += old.ReadBytes + current.ReadBytes;
        }

        return new(channels, readBytes);
    }

    /// <summary>
    /// Each stretch once: a group of the old side may be paired with several of the new one, which differ in the same
    /// places.
    /// </summary>
    private static IEnumerable<SampleRange> ChangedRangesOf(GroupPair pair, IReadOnlyList<DifferingRange> ranges)
    {
        var end = long.MinValue;
        foreach (var range in ranges)
        {
            if (range.Side == RangeSide.Changed && range.ChannelGroup == pair.From.Index && range.End > end)
            {
                yield return new(Math.Max(range.Start, end), range.End);
                end = range.End;
            }
        }
    }

    private static async Task CompareAsync(
        (DecodedSide Old, DecodedSide Current) sides,
        (GroupPair Groups, List<ChannelTally> Tallies) pair,
        SampleRange range,
        CancellationToken cancellation
    )
    {
        await using var old = sides.Old.ReadAsync(range, cancellation).GetAsyncEnumerator(cancellation);
        await using var current = sides.Current.ReadAsync(range, cancellation).GetAsyncEnumerator(cancellation);
        var hasBoth = await old.MoveNextAsync() && await current.MoveNextAsync();
        while (hasBoth)
        {
            var (left, right) = (old.Current, current.Current);
            var common = left.Range.Intersect(right.Range);
            if (!common.IsEmpty)
            {
                Compare(left, right, common, pair);
            }

            var (leftEnd, rightEnd) = (left.Range.End, right.Range.End);
            hasBoth = leftEnd > rightEnd || await old.MoveNextAsync();
            hasBoth = hasBoth && (rightEnd > leftEnd || await current.MoveNextAsync());
        }
    }

    private static void Compare(
        DecodedRun old,
        DecodedRun current,
        SampleRange common,
        (GroupPair Groups, List<ChannelTally> Tallies) pair
    )
    {
        for (var place = 0; place < pair.Tallies.Count; place++)
        {
            if (old.Hidden.Contains(place) || current.Hidden.Contains(place))
            {
                continue;
            }

            var (from, to) = (pair.Groups.From.Channels[place], pair.Groups.To.Channels[place]);
            pair.Tallies[place]
                .Add(common.Start, old.Cut(place, common, from.SampleType), current.Cut(place, common, to.SampleType));
        }
    }
}
