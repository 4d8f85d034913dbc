using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>How fast streams were sampled, by their own time anchors. Not thread-safe.</summary>
internal sealed class MeasuredRates(TimeAnchorStore anchors)
{
    private const int PageAnchors = 1_000;
    private const double NanosecondsPerSecond = 1e9;

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
        StreamTimeAnchor? first = null;
        StreamTimeAnchor? last = null;
        IReadOnlyList<StreamTimeAnchor> page;
        do
        {
            page = await anchors.ListAsync(
                stream.Project,
                stream.Snapshot,
                stream.Stream.StreamId,
                last?.Sample ?? -1,
                PageAnchors,
                cancellation
            );
            first ??= page.Count > 0 ? page[0] : null;
            last = page.Count > 0 ? page[^1] : last;
        } while (page.Count == PageAnchors);

        var seconds = ((last?.InstantNs ?? 0) - (first?.InstantNs ?? 0)) / NanosecondsPerSecond;
        return seconds > 0 ? (last!.Sample - first!.Sample) / seconds : stream.Rate;
    }
}
