namespace Dendrite.Signals.Formats;

/// <summary>Why a recording misses samples.</summary>
public enum RecordedGapCause
{
    /// <summary>The device paused.</summary>
    Paused,

    /// <summary>The device's counter jumped: samples were lost on the way.</summary>
    DeviceCounterJump,

    /// <summary>The file says so.</summary>
    Declared,
}

/// <summary>
/// Consecutive samples of all channels of a stream, or a run of them that is missing. Its memory is the reader's:
/// valid
/// until the next piece is asked for.
/// </summary>
/// <param name="FirstSample">Index of the first.</param>
/// <param name="SampleCount">Of each channel; at least 1.</param>
public sealed record SamplePiece(long FirstSample, long SampleCount)
{
    /// <summary>
    /// For each channel group its samples, planar and little-endian: all of its first channel, then all of its
    /// second.
    /// Empty in a gap.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Groups { get; init; } = [];

    /// <summary>
    /// Labels of channels that are missing though others are not: their samples are 0, or NaN in types that have it.
    /// </summary>
    public IReadOnlySet<string> MissingChannels { get; init; } = NoChannels;

    /// <summary>Why they are missing; null where they are not.</summary>
    public RecordedGapCause? Gap { get; init; }

    /// <summary>More about a gap, for people.</summary>
    public string Note { get; init; } = "";

    /// <summary>Anchors of these samples, and perhaps of the one before, ascending.</summary>
    public IReadOnlyList<RecordedAnchor> Anchors { get; init; } = [];

    private static readonly HashSet<string> NoChannels = [];

    /// <summary>The piece with those of a stream's anchors that are of its samples.</summary>
    /// <param name="all">Ascending.</param>
    internal SamplePiece WithAnchorsOf(IReadOnlyList<RecordedAnchor> all)
    {
        int first = SortedSearch.LastIndex(all, anchor => anchor.Sample < FirstSample) + 1;
        int end = SortedSearch.LastIndex(all, anchor => anchor.Sample < FirstSample + SampleCount) + 1;
        return this with { Anchors = [.. Enumerable.Range(first, end - first).Select(index => all[index])] };
    }
}
