using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>A conflict as a merge found it, and what settled it.</summary>
/// <param name="Contract">What it is about, with its id; without who decided.</param>
/// <param name="By">Nobody: it stands in the way.</param>
internal sealed record PlannedConflict(V1.Conflict Contract, SettledBy By)
{
    public bool IsUndecided => By == SettledBy.Nobody;
}
