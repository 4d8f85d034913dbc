using System.Buffers.Binary;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>What a pick did to the records that it was about.</summary>
internal readonly record struct PickCounts(long Written, long Deleted, long Unchanged);

/// <summary>What is kept of a pick's or a revert's request, so that a repeated one is answered as the first.</summary>
/// <remarks>
/// <code>
/// version of the commit (8; 0: there was nothing to do)  written (8)  deleted (8)  unchanged (8)
/// </code>
/// Integers are big-endian. What was kept before counts were ends behind the version.
/// </remarks>
internal static class PickMemory
{
    private const int Length = 4 * sizeof(long);

    public static byte[] Write(CommitVersion? version, PickCounts counts)
    {
        var bytes = new byte[Length];
        Span<long> values = [version?.Value ?? 0, counts.Written, counts.Deleted, counts.Unchanged];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        }

        return bytes;
    }

    public static (CommitVersion? Version, PickCounts Counts) Read(byte[] bytes)
    {
        var version = ValueAt(0);
        return (version == 0 ? null : new CommitVersion(version), new(ValueAt(1), ValueAt(2), ValueAt(3)));

        long ValueAt(int i) =>
            bytes.Length >= (i + 1) * sizeof(long)
                ? BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(i * sizeof(long)))
                : 0;
    }
}
