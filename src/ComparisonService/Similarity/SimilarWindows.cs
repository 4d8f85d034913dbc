using Dendrite.ComparisonService.Sampling;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>
/// Finds the windows most like a given one: all windows of as long a time, from sample 0 on, of all channels of its
/// unit, ranked by exact distances. Thread-safe.
/// </summary>
public sealed class SimilarWindows : IDisposable
{
    private const int PageStreams = 100;

    /// <summary>Each may hold 100 MB and keep a core busy; others wait.</summary>
    private const int MaxScans = 4;

    private readonly ComparandResolver snapshots;
    private readonly SignalStreamStore streams;
    private readonly WindowShapeStore store;
    private readonly ShapeChunks chunks;
    private readonly SampleRunReader reader;
    private readonly TimeProvider time;
    private readonly SemaphoreSlim scans = new(MaxScans);

    public SimilarWindows(
        ComparandResolver snapshots,
        SignalStreamStore streams,
        BlockStore blocks,
        WindowShapeStore store,
        TimeProvider time
    )
    {
        (this.snapshots, this.streams, this.store, this.time) = (snapshots, streams, store, time);
        (chunks, reader) = (new(blocks), new(blocks));
    }

    /// <exception cref="DendriteException">
    /// STREAM_NOT_FOUND, CHANNEL_NOT_FOUND, SAMPLES_OUT_OF_RANGE, INVALID_ARGUMENT and what
    /// <see cref="ComparandResolver"/> throws; DATA_DAMAGED.
    /// </exception>
    internal async Task<QuerySimilarWindowsResponse> QueryAsync(
        ProjectId project,
        SimilarRequest request,
        CancellationToken cancellation
    )
    {
        var sides = await ResolveAsync(project, request, cancellation);
        var (sampled, channel) = await FindGivenAsync(project, sides[0], request, cancellation);
        await scans.WaitAsync(cancellation);
        try
        {
            var meter = new ShapeMeter(reader);
            var given = new ShapedStream(request.Stream.ToString(), sampled, request.Window.Count, [channel]);
            var table = new ShapeTable(await MeasureAsync(meter, given, channel, request.Window, cancellation));
            var without = new GivenWindow(given.Sampled.Stream.StreamId, channel, request.Window);
            var scan = new ShapeScan(chunks, meter, store, table, new(time, request.Budget, without));
            var targets = request.Asked.Snapshots.Count == 0 ? sides : sides[1..];
            await ScanAsync(scan, project, targets, (given, channel, request), cancellation);
            await store.RemoveUnusedAsync(project, cancellation);
            return SimilarAnswer.Of(request, table, scan);
        }
        finally
        {
            scans.Release();
        }
    }

    public void Dispose() => scans.Dispose();

    /// <summary>The given window's state, then those that are looked at. At most a round trip each.</summary>
    private async Task<ResolvedSide[]> ResolveAsync(
        ProjectId project,
        SimilarRequest request,
        CancellationToken cancellation
    )
    {
        var name = new ProjectName(request.Stream.Project);
        var own = new SnapshotReference
        {
            Branch = new BranchName(request.Stream.Project, request.Stream.Branch).ToString(),
            Point = request.Asked.At,
        };
        List<ResolvedSide> sides = [await snapshots.ResolveAsync(name, project, own, "at", cancellation)];
        foreach (var (i, side) in request.Asked.Snapshots.Index())
        {
            sides.Add(await snapshots.ResolveAsync(name, project, side, $"snapshots[{i}]", cancellation));
        }

        return [.. sides];
    }

    private async Task<(SampledStream Stream, int Channel)> FindGivenAsync(
        ProjectId project,
        ResolvedSide side,
        SimilarRequest request,
        CancellationToken cancellation
    )
    {
        var name = request.Stream;
        var stream =
            await streams.FindAsync(project, side.Snapshot, name.Stream, cancellation)
            ?? throw new DendriteException(
                ErrorReason.StreamNotFound,
                $"Stream '{name.Stream}' does not exist in branch '{name.Branch}'; list its streams."
            );
        var labels = stream.Descriptor.Channels.Select(channel => channel.Label).ToList();
        var found = labels.IndexOf(request.Asked.Channel);
        if (found < 0)
        {
            throw ChannelErrors.NoSuch("channel", request.Asked.Channel, name.Stream, labels);
        }

        var sampled = new SampledStream(project, side.Snapshot, stream);
        request.DemandFit(sampled.Rate, sampled.Length);
        return (sampled, found);
    }

    private static async Task<double[]> MeasureAsync(
        ShapeMeter meter,
        ShapedStream given,
        int channel,
        Storage.Signals.SampleRange window,
        CancellationToken cancellation
    )
    {
        var found = await meter.MeasureAsync(given, window, [channel], () => false, cancellation);
        return double.IsFinite(found![channel][^1])
            ? found[channel]
            : throw DendriteException.Invalid(
                "window",
                "misses samples or does not vary, and so is like nothing; give one that is whole"
            );
    }

    /// <summary>Looks at what is kept everywhere before anything is measured, which takes far longer.</summary>
    private async Task ScanAsync(
        ShapeScan scan,
        ProjectId project,
        IEnumerable<ResolvedSide> targets,
        (ShapedStream Stream, int Channel, SimilarRequest Request) given,
        CancellationToken cancellation
    )
    {
        await LookAsync(scan, project, targets, given, cancellation);
        await scan.MeasureAsync(cancellation);
    }

    private async Task LookAsync(
        ShapeScan scan,
        ProjectId project,
        IEnumerable<ResolvedSide> targets,
        (ShapedStream Stream, int Channel, SimilarRequest Request) given,
        CancellationToken cancellation
    )
    {
        foreach (var side in targets)
        {
            await foreach (var stream in ListAsync(project, side, given, cancellation))
            {
                if (!await scan.LookAsync(stream, cancellation))
                {
                    return;
                }
            }
        }
    }

    /// <summary>The streams of a state that have such windows, by start time and name.</summary>
    private async IAsyncEnumerable<ShapedStream> ListAsync(
        ProjectId project,
        ResolvedSide side,
        (ShapedStream Stream, int Channel, SimilarRequest Request) given,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var branch = side.Branch;
        var unit = given.Stream.Sampled.Descriptor.Channels[given.Channel].Unit;
        var seconds = given.Request.Window.Count / given.Stream.Sampled.Rate;
        var view = new RecordView(project, side.Snapshot);
        var filter = StreamFilter.Read(given.Request.Asked.StreamFilter, branch.ToString());
        var query = new StreamListQuery(PageStreams) { Filter = filter };
        while (true)
        {
            var page = await streams.ListAsync(view, query, cancellation);
            foreach (var stream in page)
            {
                var sampled = new SampledStream(project, side.Snapshot, stream);
                var length = (long)Math.Round(seconds * sampled.Rate);
                var channels = stream.Descriptor.Channels.Index().Where(one => one.Item.Unit == unit);
                int[] indexes = [.. channels.Select(one => one.Index)];
                var hasSome = length >= ShapePlan.ShortestWindow && length <= sampled.Length && indexes.Length > 0;
                if (hasSome && ShapePlan.Fits(length, sampled.Rate))
                {
                    var name = new StreamName(branch.Project, branch.Branch, stream.Descriptor.Name);
                    yield return new(name.ToString(), sampled, length, indexes);
                }
            }

            if (page.Count < PageStreams)
            {
                yield break;
            }

            query = query with { After = new(page[^1].Descriptor.StartTimeNs, page[^1].Descriptor.Name) };
        }
    }
}
