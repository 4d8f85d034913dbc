namespace Dendrite.Client.Spools;

/// <summary>Where a spool is and how large it may grow.</summary>
/// <param name="Directory">Made where it does not exist.</param>
/// <param name="MaxBytes">All its segments together, in bytes.</param>
/// <param name="GroupCount">Channel groups of the stream.</param>
internal sealed record SpoolOptions(string Directory, long MaxBytes, int GroupCount)
{
    /// <summary>
    /// What is dropped at once when the spool is full, and what is kept at most of what is durable already: a sixteenth
    /// of the limit, and not more than 16 MiB.
    /// </summary>
    public long SegmentBytes => Math.Clamp(MaxBytes / 16, MinSegmentBytes, MaxSegmentBytes);

    private const long MinSegmentBytes = 4 << 10;
    private const long MaxSegmentBytes = 16 << 20;
}
