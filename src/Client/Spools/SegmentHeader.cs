using System.Buffers.Binary;
using Dendrite.Errors;
using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Spools;

/// <summary>
/// The beginning of a segment: enough to go on from it when the segments before it are gone or damaged.
/// <code>
/// byte  0  "DNDSPOOL"
///       8  version of the format, uint32: 1
///      12  number of channel groups, uint32
///      16  number of the segment, int64
///      24  number of the session in which it begins, int64
///      32  for each group the index of its next sample, int64
///       …  CRC-32C of all that, uint32
/// </code>
/// </summary>
internal sealed record SegmentHeader(long Number, long Session, IReadOnlyList<long> Starts)
{
    private const uint Version = 1;
    private const int FixedBytes = 32;

    private static ReadOnlySpan<byte> Magic => "DNDSPOOL"u8;

    public int SizeBytes => SizeOf(Starts.Count);

    /// <summary>Bytes to read of a segment so that the header of any layout is whole in them.</summary>
    public const int MaxSizeBytes = 64 << 10;

    public static int SizeOf(int groupCount) => FixedBytes + (groupCount * sizeof(long)) + sizeof(uint);

    public byte[] ToBytes()
    {
        var bytes = new byte[SizeBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), (uint)Starts.Count);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), Number);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), Session);
        for (var group = 0; group < Starts.Count; group++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(FixedBytes + (group * sizeof(long))), Starts[group]);
        }

        var body = bytes.AsSpan(..^sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(body.Length), Crc32C.Compute(body));
        return bytes;
    }

    /// <summary>The header of a segment of so many groups; null where the bytes are damaged.</summary>
    /// <exception cref="DendriteException">
    /// StreamLayoutMismatch: it is whole, and of another number of groups or another version of the format.
    /// </exception>
    public static SegmentHeader? Read(ReadOnlySpan<byte> bytes, int groupCount)
    {
        if (bytes.Length < SizeOf(1) || !bytes.StartsWith(Magic))
        {
            return null;
        }

        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version)
        {
            throw Foreign($"written in version {version} of the format, where this program knows version {Version}");
        }

        var count = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        if (count > (bytes.Length - SizeOf(0)) / sizeof(long))
        {
            return null;
        }

        var body = bytes[..(SizeOf((int)count) - sizeof(uint))];
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[body.Length..]) != Crc32C.Compute(body))
        {
            return null;
        }

        return count == groupCount
            ? Read(body)
            : throw Foreign($"of a stream of {count} channel groups, and not of {groupCount}");
    }

    private static SegmentHeader Read(ReadOnlySpan<byte> body)
    {
        var starts = new long[(body.Length - FixedBytes) / sizeof(long)];
        for (var group = 0; group < starts.Length; group++)
        {
            starts[group] = BinaryPrimitives.ReadInt64LittleEndian(body[(FixedBytes + (group * sizeof(long)))..]);
        }

        return new(
            BinaryPrimitives.ReadInt64LittleEndian(body[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(body[24..]),
            starts
        );
    }

    private static DendriteException Foreign(string what) =>
        new(
            ErrorReason.StreamLayoutMismatch,
            $"A segment of the spool is {what}: give this gateway a directory of its own, and let the one that wrote "
                + "it drain its spool."
        );
}
