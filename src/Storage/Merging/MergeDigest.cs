using System.Buffers.Binary;
using System.Security.Cryptography;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>
/// What a merge's commit vouches for: what was merged (the source's vector), and what the merge wrote itself. A revert
/// or pick is the same with nothing merged. Can be computed again from what the database holds.
/// </summary>
/// <remarks>
/// <code>
/// SHA-256( "dendrite merge 1"
///   entries of the source's vector, by timeline:           count (8)  timeline (8) through (8)
///   datasets and records as of a write:                    SHA-256 of RecordDigest (32)
///   descriptors, anchors, annotations and masks, sorted:   count (8)  SHA-256 of VersionedRow.ToBytes (32) )
/// </code>
/// Integers are big-endian.
/// </remarks>
internal static class MergeDigest
{
    /// <param name="merged">The source's vector; empty where nothing was merged.</param>
    /// <param name="records">As <see cref="Records.RecordDigest"/> has it.</param>
    /// <param name="rows">In any order.</param>
    public static byte[] Compute(Snapshot merged, ReadOnlySpan<byte> records, IEnumerable<VersionedRow> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("dendrite merge 1"u8);
        var entries = merged.Entries.OrderBy(entry => entry.Timeline.Value).ToList();
        Append(hash, entries.Count);
        foreach (var (timeline, through) in entries)
        {
            Append(hash, timeline.Value);
            Append(hash, through.Value);
        }

        hash.AppendData(records);
        var digests = rows.Select(row => SHA256.HashData(row.ToBytes())).ToList();
        digests.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        Append(hash, digests.Count);
        foreach (var digest in digests)
        {
            hash.AppendData(digest);
        }

        return hash.GetHashAndReset();
    }

    private static void Append(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
