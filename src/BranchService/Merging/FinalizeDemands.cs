using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tags;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// What would refuse a step of a finalize that comes after the merge: found before, while nothing is visible yet.
/// Thread-safe.
/// </summary>
public sealed class FinalizeDemands(BranchStore branches, TagStore tags, SnapshotReader snapshots)
{
    /// <param name="tag">The tag to make; null: none.</param>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS: the tag; where the source is to be deleted, BRANCH_PROTECTED, BRANCH_NOT_FOUND, and HEAD_MOVED
    /// where the state to merge is not its head: what came since would go with it.
    /// </exception>
    internal async Task CheckAsync(
        ProjectId project,
        MergeNames pair,
        string? tag,
        bool keepsSource,
        CancellationToken cancellationToken
    )
    {
        if (tag is not null && await tags.FindAsync(project, tag, cancellationToken) is not null)
        {
            throw new DendriteException(
                ErrorReason.AlreadyExists,
                $"Tag '{tag}' exists already: choose another id, or delete that one. Nothing was merged."
            );
        }

        if (!keepsSource)
        {
            await CheckSourceAsync(project, pair, cancellationToken);
        }
    }

    /// <summary>What the source is called now; null: it is deleted, and there is nothing left to do.</summary>
    internal async Task<string?> FindSourceAsync(
        ProjectId project,
        BranchId source,
        CancellationToken cancellationToken
    ) =>
        await branches.FindAsync(project, source, cancellationToken) is { State: not BranchState.Deleted } branch
            ? branch.Name
            : null;

    private async Task CheckSourceAsync(ProjectId project, MergeNames pair, CancellationToken cancellationToken)
    {
        var source = await branches.GetAsync(project, pair.Source.Branch, cancellationToken);
        if (source.Protected)
        {
            throw new DendriteException(
                ErrorReason.BranchProtected,
                $"Branch '{source.Name}' is protected and cannot be deleted: lift that, or keep it. Nothing was merged."
            );
        }

        if (pair.Point == SnapshotPoint.Head)
        {
            return;
        }

        var state = await snapshots.ReadAsync(project, source.Name, pair.Point, cancellationToken);
        if (state.Branch != source.Id || state.Version != source.HeadVersion)
        {
            throw new DendriteException(
                ErrorReason.HeadMoved,
                $"Branch '{source.Name}' stands at version {source.HeadVersion}, and that is not the state to merge: "
                    + "the rest would be deleted with it. Merge its head, or keep it. Nothing was merged."
            );
        }
    }
}
