using Dendrite.ComparisonService.Sampling;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>How fast streams were sampled, by their own time anchors. Not thread-safe.</summary>
internal sealed class MeasuredRates(TimeAnchorStore anchors)
{
    private readonly Dictionary<(bool IsNew, string Stream), double> known = [];

    /// <summary>
    /// Samples from the first anchor to the last over the time between them, in Hz; the nominal rate with fewer than
    /// two anchors, or where no time passes between them. One round trip for each thousand anchors, once a stream.
    /// </summary>
    public async Task<double> FindAsync(MeasuredStream stream, bool isNew, CancellationToken cancellation)
    {
        var key = (isNew, stream.Descriptor.Name);
        if (!known.TryGetValue(key, out var rate))
        {
            known[key] = rate = await MeasureAsync(stream, cancellation);
        }

        return rate;
    }

    private async Task<double> MeasureAsync(MeasuredStream stream, CancellationToken cancellation)
    {
        var id = stream.Stream.StreamId;
        return await AnchoredRate.MeasureAsync(anchors, stream.Project, stream.Snapshot, id, cancellation)
            ?? stream.Rate;
    }
}
