using Dendrite.Storage.Branches;
using Dendrite.Versioning;

namespace Dendrite.Storage.Snapshots;

/// <summary>A branch and what it sees at one point: what every read takes.</summary>
/// <param name="Timeline">The branch's own timeline, where it writes.</param>
/// <param name="Version">The newest visible commit of the line; zero where there is none.</param>
public sealed record BranchSnapshot(BranchId Branch, TimelineId Timeline, CommitVersion Version, Snapshot Snapshot);
