using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Dendrite.Versioning;
using Point = Dendrite.Storage.Snapshots.SnapshotPoint;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Snapshots;

/// <summary>Settles what a request names (branches, versions, instants) to snapshots.</summary>
public sealed class ComparandResolver(SnapshotReader snapshots)
{
    /// <summary>Two round trips, one for each side.</summary>
    /// <exception cref="DendriteException">
    /// MALFORMED_NAME, BRANCH_NOT_FOUND, COMMIT_NOT_FOUND; INVALID_ARGUMENT where a side is missing or of another
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
        return new(from, to, BaseOf(comparand.Mode, from, to));
    }

    private static Snapshot BaseOf(DiffMode mode, ResolvedSide from, ResolvedSide to) =>
        mode switch
        {
            DiffMode.Unspecified or DiffMode.TwoPoint => from.Snapshot,
            DiffMode.FromMergeBase => Snapshot.Base(from.Snapshot, to.Snapshot),
            _ => throw DendriteException.Invalid("comparand.mode", $"{(int)mode} is none that this server knows"),
        };

    private async Task<ResolvedSide> ResolveAsync(
        ProjectName project,
        ProjectId projectId,
        SnapshotReference? side,
        string field,
        CancellationToken cancellation
    )
    {
        if (side is null)
            throw DendriteException.Invalid(field, "is missing; give a branch");
        var point = PointOf(side.Point, field);
        var branch = BranchName.Parse(side.Branch, $"{field}.branch");
        if (branch.Project != project.Project)
            throw DendriteException.Invalid($"{field}.branch", $"is not of {project}, the project of the request");
        var found = await snapshots.ReadAsync(projectId, branch.Branch, point, cancellation);
        return new(branch, found.Version, found.Snapshot);
    }

    private static Point PointOf(V1.SnapshotPoint? point, string field) =>
        point?.PointCase switch
        {
            null or V1.SnapshotPoint.PointOneofCase.None => Point.Head,
            V1.SnapshotPoint.PointOneofCase.Version when point.Version > 0 => Point.At(
                new CommitVersion(point.Version)
            ),
            V1.SnapshotPoint.PointOneofCase.Instant when IsInstant(point.Instant) => Point.At(
                point.Instant.ToDateTimeOffset()
            ),
            V1.SnapshotPoint.PointOneofCase.Tag => throw new DendriteException(
                ErrorReason.NotImplemented,
                $"{field}.point.tag: this server does not compare tags yet; give a branch and a version"
            ),
            _ => throw DendriteException.Invalid(
                $"{field}.point",
                "a version is at least 1, an instant a valid timestamp"
            ),
        };

    private static bool IsInstant(Google.Protobuf.WellKnownTypes.Timestamp instant) =>
        instant.Seconds is >= -62_135_596_800 and < 253_402_300_800 && instant.Nanos is >= 0 and < 1_000_000_000;
}
