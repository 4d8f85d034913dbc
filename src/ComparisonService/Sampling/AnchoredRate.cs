using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Sampling;

/// <summary>How fast a stream was sampled, by its own time anchors.</summary>
internal static class AnchoredRate
{
    private const int PageAnchors = 1_000;
    private const double NanosecondsPerSecond = 1e9;

    /// <summary>
    /// Samples from the first anchor to the last over the time between them, in Hz. Null with fewer than two anchors,
    /// and where no time passes between them. One round trip for each thousand anchors.
    /// </summary>
    public static async Task<double?> MeasureAsync(
        TimeAnchorStore anchors,
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        CancellationToken cancellation
    )
    {
        StreamTimeAnchor? first = null;
        StreamTimeAnchor? last = null;
        IReadOnlyList<StreamTimeAnchor> page;
        do
        {
            var after = last?.Sample ?? -1;
            page = await anchors.ListAsync(project, snapshot, streamId, after, PageAnchors, cancellation);
            first ??= page.Count > 0 ? page[0] : null;
            last = page.Count > 0 ? page[^1] : last;
        } while (page.Count == PageAnchors);

        var seconds = ((last?.InstantNs ?? 0) - (first?.InstantNs ?? 0)) / NanosecondsPerSecond;
        return seconds > 0 ? (last!.Sample - first!.Sample) / seconds : null;
    }
}
