using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Query;

/// <summary>
/// Between the samples of a stream and their instants: by the time anchors around them, and by the nominal rate where
/// there are none. Time is taken to go forward from anchor to anchor; where corrections contradict each other, a range
/// of time begins and ends at one of the places where its ends pass. Thread-safe.
/// </summary>
internal sealed class StreamTimes(TimeAnchorStore anchors)
{
    /// <summary>
    /// Places that are looked at in one round trip: two find an instant among four thousand anchors, four among
    /// sixteen million.
    /// </summary>
    private const int Probes = 64;

    /// <summary>The samples whose instants lie in a range of time; null without one.</summary>
    /// <exception cref="DendriteException">InvalidArgument, with the field.</exception>
    public async Task<SampleRange?> FindAsync(
        BranchView branch,
        SignalStream stream,
        V1.TimeRange? time,
        CancellationToken cancellation
    )
    {
        if (time is null)
        {
            return null;
        }

        Check(time.StartTime, "time.start_time");
        Check(time.EndTime, "time.end_time");
        if (time is { StartTime: { } first, EndTime: { } last } && first > last)
        {
            throw DendriteException.Invalid("time", "begins after it ends; start_time comes first");
        }

        var start = time.StartTime is null ? 0 : await FindAsync(branch, stream, time.StartTime, cancellation);
        var stop = time.EndTime is null
            ? stream.Progress.NextSample
            : await FindAsync(branch, stream, time.EndTime, cancellation);
        return new(start, Math.Max(start, stop));
    }

    /// <summary>
    /// The instant of the first sample of a range; null of an empty one, and where it is out of the years 1677 to 2262.
    /// One round trip.
    /// </summary>
    public async Task<Timestamp?> FirstOfAsync(
        BranchView branch,
        SignalStream stream,
        SampleRange range,
        CancellationToken cancellation
    ) => range.IsEmpty ? null : await InstantOfAsync(branch, stream, range.Start, cancellation);

    /// <summary>
    /// The instant at which a stream ends, that of the sample behind its last one; null while it has no sample, and
    /// where it is out of the years 1677 to 2262. Where the rate is irregular, time stands still behind the last
    /// anchor. One round trip.
    /// </summary>
    public async Task<Timestamp?> EndOfAsync(BranchView branch, SignalStream stream, CancellationToken cancellation) =>
        stream.Progress.NextSample is > 0 and var end ? await InstantOfAsync(branch, stream, end, cancellation) : null;

    /// <summary>As <see cref="EndOfAsync"/>, of each of many streams. One round trip.</summary>
    public async Task<IReadOnlyList<Timestamp?>> EndsOfAsync(
        BranchView branch,
        IReadOnlyList<SignalStream> streams,
        CancellationToken cancellation
    )
    {
        var places = streams.Select(stream => (stream.StreamId, stream.Progress.NextSample)).ToList();
        var found = places.Exists(place => place.NextSample > 0)
            ? await anchors.FindAroundAsync(branch.Project, branch.Snapshot, places, cancellation)
            : [];
        return [.. streams.Select((stream, i) => stream.Progress.NextSample > 0 ? EndOf(stream, found[i]) : null)];
    }

    private static Timestamp? EndOf(SignalStream stream, (AnchoredSample? Before, AnchoredSample? After) anchored) =>
        SpanOf(stream, anchored).InstantOf(stream.Progress.NextSample) is { } instant
            ? Instants.ToTimestamp(instant)
            : null;

    private async Task<Timestamp?> InstantOfAsync(
        BranchView branch,
        SignalStream stream,
        long sample,
        CancellationToken cancellation
    )
    {
        var spans = await AboutAsync(branch, stream, [sample], cancellation);
        return spans[0].InstantOf(sample) is { } instant ? Instants.ToTimestamp(instant) : null;
    }

    private static void Check(Timestamp? instant, string field)
    {
        if (instant is not null)
        {
            Timestamps.Read(instant, field);
        }
    }

    /// <summary>The first sample that is not before an instant, or the stream's end.</summary>
    private async Task<long> FindAsync(
        BranchView branch,
        SignalStream stream,
        Timestamp time,
        CancellationToken cancellation
    )
    {
        var instant = time.ToNanoseconds();
        // It is none before low, and high at the latest.
        var (low, high) = (0L, stream.Progress.NextSample);
        while (low < high)
        {
            foreach (var span in await AboutAsync(branch, stream, Spread(low, high), cancellation))
            {
                if (span.Before.InstantNs >= instant)
                {
                    high = Math.Min(high, span.Before.Sample);
                    break;
                }

                if (span.After is not { } after || after.InstantNs >= instant)
                {
                    return Math.Min(span.SampleAtOrAfter(instant), stream.Progress.NextSample);
                }

                low = Math.Max(low, after.Sample);
            }
        }

        return high;
    }

    /// <summary>Samples from the first of a range on, evenly.</summary>
    private static long[] Spread(long low, long high)
    {
        var count = (int)Math.Min(Probes, high - low);
        return [.. Enumerable.Range(0, count).Select(i => low + (long)((Int128)(high - low) * i / count))];
    }

    private async Task<IReadOnlyList<AnchoredSpan>> AboutAsync(
        BranchView branch,
        SignalStream stream,
        long[] samples,
        CancellationToken cancellation
    )
    {
        var found = await anchors.FindAroundAsync(
            branch.Project,
            branch.Snapshot,
            stream.StreamId,
            samples,
            cancellation
        );
        return [.. found.Select(one => SpanOf(stream, one))];
    }

    private static AnchoredSpan SpanOf(SignalStream stream, (AnchoredSample? Before, AnchoredSample? After) anchored) =>
        new(
            stream.Descriptor.Rate,
            anchored.Before ?? new AnchoredSample(0, stream.Descriptor.StartTimeNs),
            anchored.After
        );
}
