using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Snapshots;

/// <summary>Settles what a request names (branches, versions, instants, tags) to snapshots.</summary>
public sealed class ComparandResolver(HotSnapshots snapshots, SnapshotAligner aligner)
{
    /// <summary>
    /// At most three round trips: one for each side that Redis does not know, and one to bring both to one form.
    /// </summary>
    /// <exception cref="DendriteException">
    /// MALFORMED_NAME, BRANCH_NOT_FOUND, COMMIT_NOT_FOUND, TAG_NOT_FOUND; INVALID_ARGUMENT where a side is missing or
    /// of another
    /// project.
    /// </exception>
    public async Task<ResolvedSides> ResolveAsync(
        ProjectName project,
        ProjectId projectId,
        Comparand? comparand,
        CancellationToken cancellation
    )
    {
        if (comparand is null)
            throw DendriteException.Invalid("comparand", "is missing; give `from` and `to`");
        var from = await ResolveAsync(project, projectId, comparand.From, "comparand.from", cancellation);
        var to = await ResolveAsync(project, projectId, comparand.To, "comparand.to", cancellation);
        var (left, right) = await aligner.AlignAsync(projectId, from.Snapshot, to.Snapshot, cancellation);
        from = @from with { Snapshot = left };
        to = to with { Snapshot = right };
        return new(from, to, BaseOf(comparand.Mode, from, to));
    }

    private static Snapshot BaseOf(DiffMode mode, ResolvedSide from, ResolvedSide to) =>
        mode switch
        {
            DiffMode.Unspecified or DiffMode.TwoPoint => from.Snapshot,
            DiffMode.FromMergeBase => Snapshot.Base(from.Snapshot, to.Snapshot),
            _ => throw DendriteException.Invalid("comparand.mode", $"{(int)mode} is none that this server knows"),
        };

    /// <summary>Settles one state. At most one round trip.</summary>
    /// <param name="field">Its proto path, for errors.</param>
    public async Task<ResolvedSide> ResolveAsync(
        ProjectName project,
        ProjectId projectId,
        SnapshotReference? side,
        string field,
        CancellationToken cancellation
    )
    {
        if (side is null)
            throw DendriteException.Invalid(field, "is missing; give a branch or a tag");
        var (branch, point) = SnapshotPoints.Read(side, project.Project, field);
        var found = await snapshots.ReadAsync(projectId, branch?.Branch ?? "", point, cancellation);
        return new(branch ?? BranchOf(project, found), found.Version, found.Snapshot) { Tag = TagOf(side) };
    }

    private static string? TagOf(SnapshotReference side) =>
        side.Point?.PointCase == V1.SnapshotPoint.PointOneofCase.Tag ? side.Point.Tag : null;

    /// <summary>
    /// Names of what a tag sees stand in its branch; where that is gone, in main: beside a tag any branch does.
    /// </summary>
    private static BranchName BranchOf(ProjectName project, BranchSnapshot found) =>
        new(project.Project, found.Name ?? "main");
}
