using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>Hides samples that are stored, from the version on that wrote it.</summary>
/// <param name="Id">Its own, the same in every branch that sees it.</param>
/// <param name="Range">Which samples.</param>
/// <param name="Channels">Labels of the channels whose samples are hidden; empty for all.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="Version">The commit that made it: it hides what was stored before.</param>
public sealed record SampleMask(
    Guid Id,
    SampleRange Range,
    IReadOnlyList<string> Channels,
    string Reason,
    CommitVersion Version
)
{
    public bool HidesAllChannels => Channels.Count == 0;

    /// <summary>Whether it hides any sample of a block.</summary>
    public bool Hides(StoredBlock block) => block.Version < Version && !block.Range.Intersect(Range).IsEmpty;
}
