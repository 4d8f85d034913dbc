using System.Text.Json;
using Dendrite.Operations;
using Dendrite.Storage.Operations;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// Reads and analyses the plans of a comparison one after the other, each stream once, and keeps what it knows from
/// time to time, so that whoever takes over goes on from there.
/// </summary>
/// <param name="keepInterval">How long work may be lost; states are written no more often.</param>
internal sealed class LockstepRun(BlockStore blocks, OperationWork work, TimeSpan keepInterval, TimeProvider time)
{
    /// <summary>Of a state, one a part; some tens of MB for a thousand pairs.</summary>
    private const int StatePartBytes = 16 << 20;

    private const string PlacePart = "place";
    private const string ReadingStep = "reading signals";

    private long windowsBefore;
    private long windowsInAll;

    /// <summary>What is known of each plan after its last window.</summary>
    public async Task<LockstepAnalysis[]> RunAsync(IReadOnlyList<LockstepPlan> plans, CancellationToken cancellation)
    {
        windowsInAll = plans.Sum(plan => plan.WindowCount);
        var place = await FindPlaceAsync(cancellation);
        var analyses = plans.Select(plan => new LockstepAnalysis(plan)).ToArray();
        for (var i = 0; i < plans.Count; i++)
        {
            var from =
                i < place.Plan ? plans[i].WindowCount
                : i == place.Plan ? place.Window
                : 0;
            if (from > 0 || i < place.Plan)
            {
                await RestoreAsync(plans[i], analyses[i], cancellation);
            }

            if (i >= place.Plan)
            {
                await ReadAsync(plans[i], analyses[i], from, cancellation);
            }

            windowsBefore += plans[i].WindowCount;
        }

        return analyses;
    }

    private async Task ReadAsync(
        LockstepPlan plan,
        LockstepAnalysis analysis,
        long from,
        CancellationToken cancellation
    )
    {
        List<StreamFrames> frames = [];
        try
        {
            frames.AddRange(
                plan.Streams.Select(stream => new StreamFrames(blocks, stream, plan.WindowSize, from, cancellation))
            );
            await ReadAsync(plan, analysis, frames, from, cancellation);
        }
        finally
        {
            foreach (var one in frames)
            {
                await one.DisposeAsync();
            }
        }
    }

    private async Task ReadAsync(
        LockstepPlan plan,
        LockstepAnalysis analysis,
        List<StreamFrames> frames,
        long from,
        CancellationToken cancellation
    )
    {
        var parts = new FeatureParts(plan, analysis.FeatureCount);
        var keptAt = time.GetTimestamp();
        for (var window = from; window < plan.WindowCount; window++)
        {
            if (window % FeatureParts.ChunkWindows == 0)
            {
                var next = await FindNextAsync(plan, frames, window);
                analysis.Skip(window, next, frames);
                window = next;
                if (window == plan.WindowCount)
                {
                    break;
                }
            }

            await work.TellAsync(ReadingStep, windowsBefore + window, windowsInAll, "windows", cancellation);
            await Task.WhenAll(frames.Select(stream => stream.MoveToAsync(window)));
            analysis.Add(window, frames, cancellation);
            parts.Add(analysis);
            if (!parts.IsFull)
            {
                continue;
            }

            List<OperationPart> kept = [.. parts.Take(window / FeatureParts.ChunkWindows)];
            if (time.GetElapsedTime(keptAt) >= keepInterval)
            {
                kept.AddRange(StateOf(plan, analysis, new(plan.Index, window + 1)));
                keptAt = time.GetTimestamp();
            }

            await work.KeepAsync(kept, cancellation);
        }

        var rest = parts.Take(plan.WindowCount / FeatureParts.ChunkWindows);
        await work.KeepAsync([.. rest, .. StateOf(plan, analysis, new(plan.Index + 1, 0))], cancellation);
    }

    /// <summary>
    /// The window to go on with: this one, or where no stream has a sample for long the first of the chunk that has
    /// one, of which parts need none before it; the count of windows where nothing comes any more.
    /// </summary>
    private static async Task<long> FindNextAsync(LockstepPlan plan, List<StreamFrames> frames, long window)
    {
        var samples = await Task.WhenAll(frames.Select(stream => stream.FindNextAsync()));
        var next = samples.Min() is { } sample
            ? sample / plan.WindowSize / FeatureParts.ChunkWindows * FeatureParts.ChunkWindows
            : plan.WindowCount;
        return Math.Max(window, next);
    }

    private static IEnumerable<OperationPart> StateOf(LockstepPlan plan, LockstepAnalysis analysis, Place next)
    {
        var state = LockstepState.Write(analysis);
        var pieces = state
            .Chunk(StatePartBytes)
            .Select((piece, i) => new OperationPart($"g{plan.Index}/state{i}", piece));
        return pieces.Append(new(PlacePart, JsonSerializer.SerializeToUtf8Bytes(next)));
    }

    private async Task RestoreAsync(LockstepPlan plan, LockstepAnalysis analysis, CancellationToken cancellation)
    {
        using var state = new MemoryStream();
        for (var i = 0; await work.FindPartAsync($"g{plan.Index}/state{i}", cancellation) is { } piece; i++)
        {
            await state.WriteAsync(piece, cancellation);
        }

        LockstepState.Read(state.ToArray(), analysis);
    }

    private async Task<Place> FindPlaceAsync(CancellationToken cancellation) =>
        await work.FindPartAsync(PlacePart, cancellation) is { } place
            ? JsonSerializer.Deserialize<Place>(place)
            : default;

    /// <summary>Where the next attempt goes on.</summary>
    /// <param name="Window">A multiple of <see cref="FeatureParts.ChunkWindows"/>.</param>
    private readonly record struct Place(int Plan, long Window);
}
