using Dendrite.Storage;
using Dendrite.Storage.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>One merge to be planned.</summary>
/// <param name="Branch">Resource name of the target.</param>
/// <param name="Heads">The two states.</param>
/// <param name="Decisions">How conflicts are settled.</param>
internal sealed record MergeWork(ProjectId Project, string Branch, MergeHeads Heads, MergeDecisions Decisions)
{
    public required string Author { get; init; }

    public string Message { get; init; } = "";
}
