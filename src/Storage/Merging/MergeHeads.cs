using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>The two states that a merge is about, as they were read without locks.</summary>
/// <param name="Source">What flows.</param>
/// <param name="Target">The head that it flows into.</param>
public sealed record MergeHeads(BranchSnapshot Source, BranchSnapshot Target)
{
    /// <summary>
    /// What the source sees in the form in which it was read, before both were brought to one: what was kept about the
    /// state is found by it.
    /// </summary>
    public Snapshot SourceAsRead { get; init; } = Source.Snapshot;

    /// <summary>What both see: the merge base.</summary>
    public Snapshot Base { get; } = Snapshot.Base(Source.Snapshot, Target.Snapshot);

    /// <summary>What either sees: what the target sees after the merge, but for the merge's own rows.</summary>
    public Snapshot Union { get; } = Snapshot.Union(Source.Snapshot, Target.Snapshot);

    /// <summary>A commit of the branch's own: nothing flows into it.</summary>
    public static MergeHeads Alone(BranchSnapshot branch) => new(branch, branch) { IsAlone = true };

    /// <summary>Whether it is <see cref="Alone"/>. A tag of the branch's own earlier line is merged.</summary>
    public bool IsAlone { get; private init; }

    /// <summary>What is merged in; empty where nothing flows.</summary>
    internal Snapshot Merged => Order == SnapshotOrder.Equal ? Snapshot.Empty : Source.Snapshot;

    /// <summary>
    /// Whether the source has nothing to see that the target does not: see <see cref="MergeNovelty"/>.
    /// </summary>
    public bool IsUpToDate { get; init; }

    public SnapshotOrder Order => Snapshot.Compare(Source.Snapshot, Target.Snapshot);

    /// <summary>What lies beyond the base on both sides.</summary>
    public DivergedView ViewOf(ProjectId project) => new(project, Base, Source.Snapshot, Target.Snapshot);
}
