using Dendrite.Errors;
using Dendrite.Storage.Snapshots;

namespace Dendrite.BranchService.Requests;

/// <summary>Which state of a branch a request asks for.</summary>
internal static class SnapshotPoints
{
    /// <param name="field">The proto path of the point.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT; NOT_IMPLEMENTED for a tag.</exception>
    public static SnapshotPoint Read(V1.SnapshotPoint? point, string field) =>
        point?.PointCase switch
        {
            null or V1.SnapshotPoint.PointOneofCase.None => SnapshotPoint.Head,
            V1.SnapshotPoint.PointOneofCase.Version when point.Version > 0 => SnapshotPoint.At(
                new Versioning.CommitVersion(point.Version)
            ),
            V1.SnapshotPoint.PointOneofCase.Version => throw DendriteException.Invalid(
                $"{field}.version",
                $"{point.Version} is not a version: a number from 1, as a commit reports it"
            ),
            V1.SnapshotPoint.PointOneofCase.Instant => SnapshotPoint.At(
                Timestamps.Read(point.Instant, $"{field}.instant")
            ),
            _ => throw new DendriteException(
                ErrorReason.NotImplemented,
                $"{field}.tag: tags are part of the contract and not of this server yet; give a version and its branch."
            ),
        };
}
