using Dendrite.Contracts.Names;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Snapshots;

/// <summary>One side of a comparison, settled to a version.</summary>
/// <param name="Branch">The branch that was named; of a tag alone, the one that it was made of.</param>
/// <param name="Version">The newest commit that it sees; zero before the first.</param>
/// <param name="Snapshot">What it sees.</param>
public sealed record ResolvedSide(BranchName Branch, CommitVersion Version, Snapshot Snapshot)
{
    /// <summary>The resource name of the tag that was named; null where none was.</summary>
    public string? Tag { get; init; }
}

/// <summary>Both sides, and the old one as it is compared.</summary>
/// <param name="Base">
/// What the new side is compared with: <paramref name="From"/>'s snapshot, or the merge base of both sides.
/// </param>
public sealed record ResolvedSides(ResolvedSide From, ResolvedSide To, Snapshot Base);
