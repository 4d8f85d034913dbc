namespace Dendrite.Versioning;

/// <summary>
/// One entry of a snapshot: every row of <paramref name="Timeline"/> up to and including <paramref name="Through"/> is
/// visible.
/// </summary>
public readonly record struct SnapshotEntry(TimelineId Timeline, CommitVersion Through);
