using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Dendrite.Versioning;

/// <summary>Says in 32 bytes which state was compared: equal digests are equal sights.</summary>
public static class SnapshotDigest
{
    /// <summary>SHA-256 over the entries by timeline, each as timeline and version, 8 bytes big-endian.</summary>
    public static byte[] Compute(Snapshot snapshot)
    {
        var bytes = new byte[snapshot.Entries.Length * 2 * sizeof(long)];
        var at = bytes.AsSpan();
        foreach (var entry in snapshot.Entries)
        {
            BinaryPrimitives.WriteInt64BigEndian(at, entry.Timeline.Value);
            BinaryPrimitives.WriteInt64BigEndian(at[sizeof(long)..], entry.Through.Value);
            at = at[(2 * sizeof(long))..];
        }

        return SHA256.HashData(bytes);
    }
}
