using Dendrite.Errors;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Query;

/// <summary>Which state of a branch a request asks for.</summary>
internal static class SnapshotPointReader
{
    /// <exception cref="DendriteException">InvalidArgument; NotImplemented for a tag.</exception>
    public static SnapshotPoint Read(V1.SnapshotPoint? at) =>
        at?.PointCase switch
        {
            null or V1.SnapshotPoint.PointOneofCase.None => SnapshotPoint.Head,
            V1.SnapshotPoint.PointOneofCase.Version when at.Version > 0 => SnapshotPoint.At(
                new CommitVersion(at.Version)
            ),
            V1.SnapshotPoint.PointOneofCase.Version => throw DendriteException.Invalid(
                "at.version",
                $"{at.Version} is not a version: a number from 1, as a commit reports it"
            ),
            V1.SnapshotPoint.PointOneofCase.Instant => SnapshotPoint.At(at.Instant.ToDateTimeOffset()),
            _ => throw new DendriteException(
                ErrorReason.NotImplemented,
                "at.tag: reading signals by tag is not served yet; give the tag's version and its branch."
            ),
        };
}
