using Dendrite.Storage.Branches;
using Dendrite.Versioning;

namespace Dendrite.Storage.Snapshots;

/// <summary>A branch and what it sees at one point: what every read takes.</summary>
/// <param name="Timeline">The branch's own timeline, where it writes; of a tag, the one that it was made of.</param>
/// <param name="Version">The newest visible commit of the line; zero where there is none.</param>
public sealed record BranchSnapshot(BranchId Branch, TimelineId Timeline, CommitVersion Version, Snapshot Snapshot)
{
    /// <summary>The branch's name as it is called now; null where it is gone and a tag was read.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// Rows that are seen though no entry names their timeline, since one of the owners absorbed it, are older than
    /// this: the last merge that brought such a timeline. Zero where there are none; null where it was not asked for.
    /// What is absorbed later is named in this snapshot, so it holds for as long as the snapshot does.
    /// </summary>
    public CommitVersion? AbsorbedBefore { get; init; }

    /// <summary>
    /// Changes with all by which the branch's name may come to lead elsewhere; null where it was not asked for.
    /// </summary>
    public long? NameRevision { get; init; }

    /// <summary>
    /// The hash of the commit <see cref="Version"/>, 32 bytes; null where it is not known. Whoever follows a commit of
    /// its own knows it, and passes the door in fewer steps.
    /// </summary>
    public byte[]? Hash { get; init; }

    /// <summary>
    /// Whether it was read earlier and may not be the head any more: who uses it has it checked. See
    /// <see cref="RememberedHeads"/>.
    /// </summary>
    public bool IsRemembered { get; init; }
}
