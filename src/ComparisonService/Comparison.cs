using Dendrite.ComparisonService.Snapshots;
using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.V1;
using Google.Protobuf;
using SnapshotDigest = Dendrite.Versioning.SnapshotDigest;

namespace Dendrite.ComparisonService;

/// <summary>What a call compares, settled to versions.</summary>
/// <param name="Project">The tenant, by its name.</param>
/// <param name="ProjectId">The tenant.</param>
/// <param name="Sides">Both sides.</param>
public sealed record Comparison(ProjectName Project, ProjectId ProjectId, ResolvedSides Sides)
{
    private readonly byte[] fromDigest = SnapshotDigest.Compute(Sides.Base);
    private readonly byte[] toDigest = SnapshotDigest.Compute(Sides.To.Snapshot);

    public ComparedSnapshots Compared { get; } = new(ProjectId, Sides.Base, Sides.To.Snapshot);

    /// <summary>
    /// What a page token is good for. A branch that moved between two pages is another comparison: the token says so
    /// rather than mixing the two.
    /// </summary>
    /// <param name="method">The RPC.</param>
    /// <param name="fields">Other fields of the request that must stay as they were.</param>
    public string[] Identity(string method, params IEnumerable<string> fields) =>
        [method, Convert.ToHexString(fromDigest), Convert.ToHexString(toDigest), .. fields];

    public ResolvedComparand ToMessage() =>
        new()
        {
            From = ToMessage(Sides.From),
            To = ToMessage(Sides.To),
            FromDigest = ByteString.CopyFrom(fromDigest),
            ToDigest = ByteString.CopyFrom(toDigest),
        };

    private static SnapshotReference ToMessage(ResolvedSide side) =>
        new()
        {
            Branch = side.Branch.ToString(),
            Point = side.Tag is { } tag ? new() { Tag = tag } : new() { Version = side.Version.Value },
        };
}
