using System.Buffers.Binary;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>What is kept of a merge's request, so that a repeated one is answered like the first.</summary>
/// <remarks>
/// <code>
/// merge (8; 0: none; there was nothing to merge)  outcome (1)
/// version of the source (8)  version of the target (8)  branch of the source (8)
/// </code>
/// Integers are big-endian. What was kept before the branch was ends before it; before the target's version was, before
/// that; before outcomes were, behind the merge.
/// </remarks>
internal static class MergeMemory
{
    private const int OutcomeAt = sizeof(long);
    private const int VersionAt = OutcomeAt + 1;
    private const int TargetAt = VersionAt + sizeof(long);
    private const int SourceAt = TargetAt + sizeof(long);
    private const int Length = SourceAt + sizeof(long);

    public static byte[] Write(MergeDone done)
    {
        var bytes = new byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, done.Merge?.Value ?? 0);
        bytes[OutcomeAt] = (byte)done.Outcome;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(VersionAt), done.SourceVersion.Value);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(TargetAt), done.TargetVersion.GetValueOrDefault().Value);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(SourceAt), done.Source.GetValueOrDefault().Value);
        return bytes;
    }

    public static MergeDone Read(ReadOnlySpan<byte> bytes)
    {
        var merge = BinaryPrimitives.ReadInt64BigEndian(bytes);
        return new(
            bytes.Length >= TargetAt ? (V1.MergeOutcome)bytes[OutcomeAt] : V1.MergeOutcome.Merged,
            merge == 0 ? null : new(merge)
        )
        {
            SourceVersion =
                bytes.Length >= TargetAt
                    ? new(BinaryPrimitives.ReadInt64BigEndian(bytes[VersionAt..]))
                    : CommitVersion.Zero,
            TargetVersion =
                bytes.Length >= SourceAt ? new(BinaryPrimitives.ReadInt64BigEndian(bytes[TargetAt..])) : null,
            Source = bytes.Length >= Length ? new(BinaryPrimitives.ReadInt64BigEndian(bytes[SourceAt..])) : null,
        };
    }
}
