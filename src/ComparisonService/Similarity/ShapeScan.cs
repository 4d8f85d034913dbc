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
    private readonly HashSet<(long Stream, UInt128 Key)> looked = [];
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
            var id = stream.Sampled.Stream.StreamId;
            var fresh = chunk with { Keys = [.. chunk.Keys.Where(key => looked.Add((id, key.Key)))] };
            held += (long)fresh.Keys.Count * fresh.Windows;
            if (limits.IsOver || held > ScanLimits.MaxWindows)
            {
                IsComplete = false;
                break;
            }

            page.Add(fresh);
            if (page.Sum(one => one.Keys.Count) >= WindowShapeStore.PageKeys)
            {
                await TakeKeptAsync(stream, page, cancellation);
                page.Clear();
            }
        }

        await TakeKeptAsync(stream, page, cancellation);
        return IsComplete;
    }

    /// <summary>
    /// Measures what is not kept, chunk by chunk, keeps it and takes it in, until the time is over. One pass is
    /// finished whatever the time: so a question that is asked again gets further, also where windows are long.
    /// </summary>
    /// <exception cref="Errors.DendriteException">DATA_DAMAGED.</exception>
    public async Task MeasureAsync(CancellationToken cancellation)
    {
        var isFirst = true;
        foreach (var chunk in unknown)
        {
            foreach (var pass in chunk.Keys.Chunk(chunk.ChannelsPerPass))
            {
                Func<bool> isOver = isFirst ? () => false : () => limits.IsOver;
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
        (int Channel, UInt128 Key)[] pass,
        Func<bool> isOver,
        CancellationToken cancellation
    )
    {
        var stream = chunk.Stream;
        int[] channels = [.. pass.Select(key => key.Channel)];
        var measured = await meter.MeasureAsync(stream, chunk.Range, channels, isOver, cancellation);
        if (measured is null)
        {
            return false;
        }

        List<(UInt128, byte[])> found = [];
        foreach (var (channel, key) in pass)
        {
            Take(chunk, channel, measured[channel]);
            found.Add((key, ShapeMeter.Write(measured[channel])));
        }

        var (project, id) = (stream.Sampled.Project, stream.Sampled.Stream.StreamId);
        await store.AddAsync(project, id, found, cancellation);
        return true;
    }

    private async Task TakeKeptAsync(ShapedStream stream, List<ShapeChunk> page, CancellationToken cancellation)
    {
        UInt128[] keys = [.. page.SelectMany(chunk => chunk.Keys).Select(key => key.Key)];
        if (keys.Length == 0)
        {
            return;
        }

        var (project, id) = (stream.Sampled.Project, stream.Sampled.Stream.StreamId);
        var kept = await store.FindAsync(project, id, keys, cancellation);
        foreach (var chunk in page)
        {
            foreach (var (channel, key) in chunk.Keys.Where(key => kept.ContainsKey(key.Key)))
            {
                Take(chunk, channel, ShapeMeter.Read(kept[key]));
            }

            var missing = chunk with { Keys = [.. chunk.Keys.Where(key => !kept.ContainsKey(key.Key))] };
            if (missing.Keys.Count > 0)
            {
                unknown.Add(missing);
            }
        }
    }

    private void Take(ShapeChunk chunk, int channel, double[] shapes)
    {
        for (var i = 0; i < shapes.Length / ShapePlan.FeatureCount; i++)
        {
            var start = chunk.Range.Start + (i * chunk.Stream.Plan.Length);
            var range = new SampleRange(start, start + chunk.Stream.Plan.Length);
            var features = shapes.AsSpan(i * ShapePlan.FeatureCount, ShapePlan.FeatureCount);
            if (!limits.Given.Overlaps(chunk.Stream, channel, range) && table.TryAdd(features))
            {
                windows.Add(new(chunk.Stream, channel, start));
            }
        }
    }
}
