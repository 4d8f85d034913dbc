using Dendrite.Signals.Analysis.Windows;
using Dendrite.Storage.Comparison;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>
/// Takes the windows of streams into a table. First all that are kept, which costs a look at the streams' blocks and no
/// sample; then, for as long as there is time, others are measured and kept, so that the same question asked again goes
/// on from there. Windows that several snapshots show are taken once, in the name of the first. For one call; not
/// thread-safe.
/// </summary>
internal sealed class ShapeScan(
    ShapeChunks chunks,
    ShapeMeter meter,
    WindowShapeStore store,
    ShapeTable table,
    ScanLimits limits
)
{
    private readonly HashSet<(long Stream, UInt128 Seen)> looked = [];
    private readonly List<ShapeChunk> unknown = [];
    private readonly List<FoundWindow> windows = [];
    private long held;

    /// <summary>By the table's rows: which windows they are.</summary>
    public IReadOnlyList<FoundWindow> Windows => windows;

    /// <summary>False once something was left out for want of time or room.</summary>
    public bool IsComplete { get; private set; } = true;

    /// <summary>
    /// Takes in what is kept of a stream, and notes what is not. One round trip for each 2,000 chunks of a channel,
    /// besides those for the list of blocks.
    /// </summary>
    /// <returns>False where time or room is over.</returns>
    public async Task<bool> LookAsync(ShapedStream stream, CancellationToken cancellation)
    {
        List<ShapeChunk> page = [];
        await foreach (var chunk in chunks.ListAsync(stream, cancellation))
        {
            var fresh = Unseen(chunk);
            held += fresh.Runs.Sum(run => run.Windows.Count);
            if (limits.IsLookOver || held > ScanLimits.MaxWindows)
            {
                IsComplete = false;
                break;
            }

            page.Add(fresh);
            if (page.Sum(one => one.Runs.Count) >= WindowShapeStore.PageKeys)
            {
                await TakeKeptAsync(stream, page, cancellation);
                page.Clear();
            }
        }

        await TakeKeptAsync(stream, page, cancellation);
        return IsComplete;
    }

    /// <summary>The windows that no snapshot before has shown.</summary>
    private ShapeChunk Unseen(ShapeChunk chunk)
    {
        var id = chunk.Stream.Sampled.Stream.StreamId;
        var runs = chunk.Runs.Select(run =>
            run with
            {
                Windows = [.. run.Windows.Where(window => looked.Add((id, window.Seen)))],
            }
        );
        return chunk with { Runs = [.. runs.Where(run => run.Windows.Count > 0)] };
    }

    /// <summary>
    /// Measures what is not kept, chunk by chunk, keeps it and takes it in, until the time is over. One pass is
    /// finished whatever the time: so a question that is asked again gets further, also where windows are long.
    /// </summary>
    /// <exception cref="Errors.DendriteException">DATA_DAMAGED.</exception>
    public async Task MeasureAsync(CancellationToken cancellation)
    {
        var isFirst = true;
        var isBudgetOver = limits.BeginBudget();
        foreach (var chunk in unknown)
        {
            foreach (var pass in chunk.Runs.Chunk(chunk.ChannelsPerPass))
            {
                Func<bool> isOver = isFirst ? () => false : isBudgetOver;
                if (isOver() || !await MeasureAsync(chunk, pass, isOver, cancellation))
                {
                    IsComplete = false;
                    return;
                }

                isFirst = false;
            }
        }
    }

    private async Task<bool> MeasureAsync(
        ShapeChunk chunk,
        ChannelRun[] pass,
        Func<bool> isOver,
        CancellationToken cancellation
    )
    {
        var stream = chunk.Stream;
        int[] channels = [.. pass.Select(run => run.Channel)];
        var measured = await meter.MeasureAsync(stream, chunk.Range, channels, isOver, cancellation);
        if (measured is null)
        {
            return false;
        }

        List<(UInt128, byte[])> found = [];
        foreach (var run in pass)
        {
            Take(chunk, run, measured[run.Channel]);
            found.Add((run.Key, ShapeMeter.Write(measured[run.Channel])));
        }

        var (project, id) = (stream.Sampled.Project, stream.Sampled.Stream.StreamId);
        await store.AddAsync(project, id, found, cancellation);
        return true;
    }

    private async Task TakeKeptAsync(ShapedStream stream, List<ShapeChunk> page, CancellationToken cancellation)
    {
        UInt128[] keys = [.. page.SelectMany(chunk => chunk.Runs).Select(run => run.Key)];
        if (keys.Length == 0)
        {
            return;
        }

        var (project, id) = (stream.Sampled.Project, stream.Sampled.Stream.StreamId);
        var kept = await store.FindAsync(project, id, keys, cancellation);
        foreach (var chunk in page)
        {
            foreach (var run in chunk.Runs.Where(run => kept.ContainsKey(run.Key)))
            {
                Take(chunk, run, ShapeMeter.Read(kept[run.Key]));
            }

            var missing = chunk with { Runs = [.. chunk.Runs.Where(run => !kept.ContainsKey(run.Key))] };
            if (missing.Runs.Count > 0)
            {
                unknown.Add(missing);
            }
        }
    }

    private void Take(ShapeChunk chunk, ChannelRun run, double[] shapes)
    {
        foreach (var (place, _) in run.Windows)
        {
            var start = chunk.Range.Start + (place * chunk.Stream.WindowLength);
            var range = new SampleRange(start, start + chunk.Stream.WindowLength);
            var features = shapes.AsSpan(place * ShapePlan.FeatureCount, ShapePlan.FeatureCount);
            if (!limits.Given.Overlaps(chunk.Stream, run.Channel, range) && table.TryAdd(features))
            {
                windows.Add(new(chunk.Stream, run.Channel, start));
            }
        }
    }
}
