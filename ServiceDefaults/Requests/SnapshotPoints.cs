using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage.Snapshots;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>Which state of a project's data a request asks for: the same words in every service.</summary>
public static class SnapshotPoints
{
    /// <summary>Reads a point of a branch.</summary>
    /// <param name="point">As it came; absent or empty: the head.</param>
    /// <param name="project">Id of the request's project, which a tag must be of.</param>
    /// <param name="field">The proto path of the point, for the error.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static SnapshotPoint Read(V1.SnapshotPoint? point, string project, string field = "at") =>
        point?.PointCase switch
        {
            null or V1.SnapshotPoint.PointOneofCase.None => SnapshotPoint.Head,
            V1.SnapshotPoint.PointOneofCase.Tag => ReadTag(point.Tag, project, $"{field}.tag"),
            V1.SnapshotPoint.PointOneofCase.Instant => SnapshotPoint.At(
                Timestamps.Read(point.Instant, $"{field}.instant")
            ),
            _ when point.Version > 0 => SnapshotPoint.At(new Versioning.CommitVersion(point.Version)),
            _ => throw DendriteException.Invalid(
                $"{field}.version",
                $"{point.Version} is not a version: a number from 1, as a commit reports it"
            ),
        };

    /// <summary>Reads a branch at a point, or a tag.</summary>
    /// <param name="reference">As it came; not absent.</param>
    /// <param name="project">Id of the request's project, which both must be of.</param>
    /// <param name="field">The proto path of the reference, for the error.</param>
    /// <returns>The branch is null where a tag alone was given.</returns>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, MALFORMED_NAME.</exception>
    public static (BranchName? Branch, SnapshotPoint Point) Read(
        V1.SnapshotReference reference,
        string project,
        string field
    )
    {
        var point = Read(reference.Point, project, $"{field}.point");
        if (reference.Branch.Length == 0 && reference.Point?.PointCase == V1.SnapshotPoint.PointOneofCase.Tag)
        {
            return (null, point);
        }

        var branch = BranchName.Parse(reference.Branch, $"{field}.branch");
        return branch.Project == project ? (branch, point) : throw Elsewhere($"{field}.branch", project);
    }

    private static SnapshotPoint ReadTag(string tag, string project, string field)
    {
        var name = TagName.Parse(tag, field);
        return name.Project == project ? SnapshotPoint.AtTagged(name.Tag) : throw Elsewhere(field, project);
    }

    private static DendriteException Elsewhere(string field, string project) =>
        DendriteException.Invalid(
            field,
            $"is of another project; nothing crosses from one to another: name one of projects/{project}"
        );
}
