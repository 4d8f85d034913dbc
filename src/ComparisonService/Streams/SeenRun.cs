using Dendrite.Storage.Signals;

namespace Dendrite.ComparisonService.Streams;

/// <summary>A run of samples of one channel group that a side shows, at least in part.</summary>
/// <param name="Range">Which samples.</param>
/// <param name="Block">The block that holds them: its first sample and length.</param>
/// <param name="Digest">SHA-256 of all samples of the block; 32 bytes.</param>
/// <param name="Hidden">Places, among the compared channels, of those that masks hide here.</param>
public sealed record SeenRun(
    SampleRange Range,
    SampleRange Block,
    ReadOnlyMemory<byte> Digest,
    IReadOnlySet<int> Hidden
)
{
    /// <summary>What a part of a block shows of some channels, in runs with the same masks; nothing where all are
    /// hidden.</summary>
    public static IEnumerable<SeenRun> Of(StoredBlock part, GroupSide group)
    {
        if (part.HiddenBy is not null)
        {
            yield break;
        }

        foreach (var (run, masks) in ChannelMasks.Split(part.Visible, ChannelMasks.Of(part, [.. group.Labels])))
        {
            var hidden = ChannelMasks.Hidden(masks, group.Labels);
            if (hidden.Count < group.Labels.Count)
            {
                yield return new(run, part.Range, part.SampleDigest, hidden);
            }
        }
    }

    /// <summary>Whether both show the same samples wherever both are.</summary>
    public bool Shows(SeenRun other) =>
        Block == other.Block && Digest.Span.SequenceEqual(other.Digest.Span) && Hidden.SetEquals(other.Hidden);
}
