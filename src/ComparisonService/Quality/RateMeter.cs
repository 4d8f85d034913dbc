using Dendrite.ComparisonService.Sampling;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Quality;

/// <summary>How fast a stream was sampled, by its own time anchors. Thread-safe.</summary>
internal sealed class RateMeter(TimeAnchorStore anchors)
{
    /// <summary>
    /// As of <see cref="AnchoredRate"/>; null also for a stream without a nominal rate. One round trip for each
    /// thousand anchors.
    /// </summary>
    public async Task<double?> FindAsync(SampledStream stream, CancellationToken cancellation)
    {
        var id = stream.Stream.StreamId;
        var rate = await AnchoredRate.MeasureAsync(anchors, stream.Project, stream.Snapshot, id, cancellation);
        return stream.Rate > 0 ? rate : null;
    }
}
