using System.Buffers.Binary;
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

    /// <summary>The header, or null where the bytes are none for so many groups.</summary>
    public static SegmentHeader? Read(ReadOnlySpan<byte> bytes, int groupCount)
    {
        if (bytes.Length < SizeOf(groupCount) || !bytes.StartsWith(Magic))
        {
            return null;
        }

        var body = bytes[..(SizeOf(groupCount) - sizeof(uint))];
        if (
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[body.Length..]) != Crc32C.Compute(body)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != groupCount
        )
        {
            return null;
        }

        var starts = new long[groupCount];
        for (var group = 0; group < groupCount; group++)
        {
            starts[group] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(FixedBytes + (group * sizeof(long)))..]);
        }

        return new(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]),
            starts
        );
    }
}
