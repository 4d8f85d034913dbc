namespace Dendrite.Storage.Signals;

/// <summary>What a timeline holds of a stream, in all.</summary>
internal readonly record struct StreamTotals(long StoredBytes, long MissingSamples);

/// <summary>How much appends write.</summary>
internal static class AppendStatistics
{
    public static long StoredBytes(StreamAppend append) => append.Blocks.Sum(block => (long)block.Payload.Length);

    /// <summary>Over all groups; saturates, for one stream's number must not fail the others' commit.</summary>
    public static long MissingSamples(StreamAppend append) =>
        append.Gaps.Aggregate(
            0L,
            (sum, gap) => sum > long.MaxValue - gap.Range.Count ? long.MaxValue : sum + gap.Range.Count
        );

    /// <summary>For the commit; samples are counted over all channels.</summary>
    public static Dictionary<string, long> Of(IReadOnlyList<StreamAppend> appends) =>
        new()
        {
            ["streams"] = appends.Count,
            ["samples"] = appends.Sum(append => append.Blocks.Sum(block => (long)block.Header.TotalSamples)),
            ["blocks"] = appends.Sum(append => append.Blocks.Count),
            ["stored_bytes"] = appends.Sum(StoredBytes),
            ["annotations"] = appends.Sum(append => append.Annotations.Stored().Count()),
            ["time_anchors"] = appends.Sum(append => append.Anchors.Stored().Count()),
            ["gaps"] = appends.Sum(append => append.Gaps.Count),
        };
}
