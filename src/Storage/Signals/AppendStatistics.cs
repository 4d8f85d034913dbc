namespace Dendrite.Storage.Signals;

/// <summary>What a timeline holds of a stream, in all.</summary>
internal readonly record struct StreamTotals(long StoredBytes, long MissingSamples);

/// <summary>How much appends write.</summary>
internal static class AppendStatistics
{
    public static long StoredBytes(StreamAppend append) => append.Blocks.Sum(block => (long)block.Payload.Length);

    public static long MissingSamples(StreamAppend append) => append.Gaps.Sum(gap => gap.Range.Count);

    /// <summary>For the commit's statistics: samples over all channels, blocks, bytes, annotations, anchors, gaps.</summary>
    public static string ToJson(IReadOnlyList<StreamAppend> appends)
    {
        var samples = appends.Sum(append => append.Blocks.Sum(block => (long)block.Header.TotalSamples));
        var blocks = appends.Sum(append => append.Blocks.Count);
        var bytes = appends.Sum(StoredBytes);
        var annotations = appends.Sum(append => append.Annotations.Count);
        var anchors = appends.Sum(append => append.Anchors.Count);
        var gaps = appends.Sum(append => append.Gaps.Count);
        return $$"""
            {"streams":{{appends.Count}},"samples":{{samples}},"blocks":{{blocks}},"stored_bytes":{{bytes}},"annotations":{{annotations}},"time_anchors":{{anchors}},"gaps":{{gaps}}}
            """;
    }
}
