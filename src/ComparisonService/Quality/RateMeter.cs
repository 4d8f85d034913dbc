using Dendrite.ComparisonService.Sampling;
using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Quality;

/// <summary>How fast a stream was sampled, by its own time anchors. Thread-safe.</summary>
internal sealed class RateMeter(TimeAnchorStore anchors)
{
    private const int PageAnchors = 1_000;
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>
    /// Samples from the first anchor to the last over the time between them, in Hz. Null with fewer than two anchors,
    /// where no time passes between them, and for a stream without a nominal rate. One round trip for each thousand
    /// anchors.
    /// </summary>
    public async Task<double?> FindAsync(SampledStream stream, CancellationToken cancellation)
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
        return seconds > 0 && stream.Rate > 0 ? (last!.Sample - first!.Sample) / seconds : null;
    }
}
