using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Overview;

/// <summary>
/// A window cut into buckets whose widths differ by one sample at most; no bucket is empty unless the window is.
/// </summary>
internal sealed class OverviewBuckets
{
    private readonly SampleRange range;

    /// <param name="range">The window.</param>
    /// <param name="most">How many buckets at most: no more than there are samples.</param>
    public OverviewBuckets(SampleRange range, int most)
    {
        this.range = range;
        Count = (int)Math.Min(most, range.Count);
        Ends = [.. Enumerable.Range(0, Count).Select(EndOf)];
    }

    public int Count { get; }

    /// <summary>Index after the last sample of each bucket.</summary>
    public IReadOnlyList<long> Ends { get; }

    /// <summary>Samples of the narrowest bucket.</summary>
    public long Width => Count == 0 ? 0 : range.Count / Count;

    /// <summary>The bucket that holds a sample of the window.</summary>
    public int IndexOf(long sample) => (int)((((Int128)(sample - range.Start + 1) * Count) - 1) / range.Count);

    private long EndOf(int bucket) => range.Start + (long)((Int128)(bucket + 1) * range.Count / Count);
}
