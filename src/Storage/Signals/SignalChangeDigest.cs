using System.Buffers.Binary;
using System.Security.Cryptography;
using Dendrite.Storage.Merging;

namespace Dendrite.Storage.Signals;

/// <summary>
/// What the commit of a <see cref="SignalChange"/> vouches for; can be computed again from the rows that bear its
/// version.
/// </summary>
/// <remarks>
/// <code>
/// SHA-256( "dendrite signals 1"
///   rows, sorted by digest:   count (8)  SHA-256 of VersionedRow.ToBytes (32) )
/// </code>
/// The count is big-endian.
/// </remarks>
internal static class SignalChangeDigest
{
    /// <param name="rows">In any order.</param>
    public static byte[] Compute(IReadOnlyCollection<VersionedRow> rows)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("dendrite signals 1"u8);
        Span<byte> count = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(count, rows.Count);
        hash.AppendData(count);
        var digests = rows.Select(row => SHA256.HashData(row.ToBytes())).ToList();
        digests.Sort((left, right) => left.AsSpan().SequenceCompareTo(right));
        foreach (var digest in digests)
        {
            hash.AppendData(digest);
        }

        return hash.GetHashAndReset();
    }
}
