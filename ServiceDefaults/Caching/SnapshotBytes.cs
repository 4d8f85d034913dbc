using System.Buffers.Binary;
using System.Text;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.ServiceDefaults.Caching;

/// <summary>
/// A snapshot as it lies in Redis: a format byte, then branch, timeline, version, absorbed before, name revision (both
/// -1 where they are not known) and the number of entries, each entry as timeline and version, all 8 bytes big-endian,
/// then the branch's name in UTF-8 (none: the branch is gone).
/// </summary>
internal static class SnapshotBytes
{
    private const byte Format = 2;
    private const int HeadLength = 1 + (6 * sizeof(long));
    private const int EntryLength = 2 * sizeof(long);
    private const long Unknown = -1;

    public static byte[] Write(BranchSnapshot snapshot)
    {
        var name = Encoding.UTF8.GetBytes(snapshot.Name ?? "");
        var entries = snapshot.Snapshot.Entries;
        var bytes = new byte[HeadLength + (entries.Length * EntryLength) + name.Length];
        bytes[0] = Format;
        var rest = bytes.AsSpan(1);
        Put(ref rest, snapshot.Branch.Value);
        Put(ref rest, snapshot.Timeline.Value);
        Put(ref rest, snapshot.Version.Value);
        Put(ref rest, snapshot.AbsorbedBefore?.Value ?? Unknown);
        Put(ref rest, snapshot.NameRevision ?? Unknown);
        Put(ref rest, entries.Length);
        foreach (var entry in entries)
        {
            Put(ref rest, entry.Timeline.Value);
            Put(ref rest, entry.Through.Value);
        }

        name.CopyTo(rest);
        return bytes;
    }

    /// <summary>Null where it is not what <see cref="Write"/> wrote, such as that of a newer build.</summary>
    public static BranchSnapshot? TryRead(byte[]? bytes)
    {
        if (bytes is null || bytes.Length < HeadLength || bytes[0] != Format)
        {
            return null;
        }

        ReadOnlySpan<byte> rest = bytes.AsSpan(1);
        var (branch, timeline, version) = (Take(ref rest), Take(ref rest), Take(ref rest));
        var (absorbedBefore, nameRevision, count) = (Take(ref rest), Take(ref rest), Take(ref rest));
        if (count < 0 || count > rest.Length / EntryLength)
        {
            return null;
        }

        var entries = new SnapshotEntry[count];
        for (var i = 0; i < count; i++)
        {
            entries[i] = new(new(Take(ref rest)), new(Take(ref rest)));
        }

        var name = rest.IsEmpty ? null : Encoding.UTF8.GetString(rest);
        return new(new(branch), new(timeline), new(version), Snapshot.Of(entries))
        {
            Name = name,
            AbsorbedBefore = absorbedBefore >= 0 ? new(absorbedBefore) : null,
            NameRevision = nameRevision >= 0 ? nameRevision : null,
        };
    }

    private static void Put(ref Span<byte> rest, long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(rest, value);
        rest = rest[sizeof(long)..];
    }

    private static long Take(ref ReadOnlySpan<byte> rest)
    {
        var value = BinaryPrimitives.ReadInt64BigEndian(rest);
        rest = rest[sizeof(long)..];
        return value;
    }
}
