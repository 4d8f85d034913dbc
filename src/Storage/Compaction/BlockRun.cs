using Dendrite.Versioning;

namespace Dendrite.Storage.Compaction;

/// <summary>Where blocks lie one behind the other: the blocks of one of these never overlap.</summary>
public readonly record struct BlockLine(TimelineId Timeline, long StreamId, int ChannelGroup);

/// <summary>A block that nobody has gathered yet.</summary>
/// <param name="FirstSample">Index of its first sample in the stream.</param>
/// <param name="SampleCount">Samples of each channel.</param>
/// <param name="Version">The commit that wrote it.</param>
/// <param name="SampleDigest">SHA-256 of its samples.</param>
/// <param name="PayloadBytes">What it takes.</param>
/// <param name="IsSettled">Whether it was written long enough ago.</param>
public sealed record LooseBlock(
    long FirstSample,
    int SampleCount,
    CommitVersion Version,
    byte[] SampleDigest,
    int PayloadBytes,
    bool IsSettled
)
{
    public long EndSample => FirstSample + SampleCount;
}

/// <summary>
/// Cuts the loose blocks of a line into runs to gather. A run has no holes, and no block in it is older than the one
/// before it: so whoever sees any of its blocks sees the first one too, which carries the payload.
/// </summary>
public static class BlockRuns
{
    /// <summary>The next run, or nothing where it is not yet time for one.</summary>
    /// <param name="blocks">The next loose blocks of the line, by first sample.</param>
    /// <param name="target">A run ends with the block with which it has so many samples a channel.</param>
    /// <param name="isAll">Whether no further blocks are stored behind these.</param>
    /// <returns>How many of the first blocks make the run; 0: wait.</returns>
    public static int Next(IReadOnlyList<LooseBlock> blocks, int target, bool isAll)
    {
        var samples = 0L;
        for (var count = 0; count < blocks.Count; count++)
        {
            var block = blocks[count];
            if (!block.IsSettled)
            {
                // What is before it may yet become a full run.
                return count > 0 && !Follows(blocks[count - 1], block) ? count : 0;
            }

            var fits = samples + block.SampleCount <= Math.Max(target, blocks[0].SampleCount);
            if (count > 0 && (!fits || !Follows(blocks[count - 1], block)))
            {
                return count;
            }

            samples += block.SampleCount;
            if (samples >= target)
            {
                return count + 1;
            }
        }

        return isAll ? blocks.Count : 0;
    }

    private static bool Follows(LooseBlock before, LooseBlock block) =>
        before.EndSample == block.FirstSample && before.Version <= block.Version;
}
