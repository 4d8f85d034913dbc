using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Client.Spools;

/// <summary>What a record of the spool holds. The numbers are in files and never change.</summary>
internal enum SpoolKind : byte
{
    /// <summary>An encoded block (docs/block-format.md).</summary>
    Block = 1,

    /// <summary>A <see cref="V1.Gap"/> without its range.</summary>
    Gap = 2,

    /// <summary>A <see cref="V1.AppendAnnotations"/>, placed by the gateway's count.</summary>
    Annotations = 3,

    /// <summary>A <see cref="V1.AppendTimeAnchors"/>, placed by the gateway's count.</summary>
    TimeAnchors = 4,

    /// <summary>A process began: what follows is its work.</summary>
    Session = 5,
}

/// <summary>
/// One record of the spool. Samples are counted by the gateway, from 0 at the first one that the spool ever took; where
/// that lies in the stream is known when the stream was opened (<see cref="RecordPlacement"/>).
/// <code>
/// byte  0  length of the payload in bytes, uint32
///       4  CRC-32C of all that follows, uint32
///       8  kind, uint8; then three zero bytes
///      12  channel group, int32; -1 for all
///      16  first sample, int64
///      24  number of samples, int64; of a session its number, of an event (annotations, anchors) that of the event
///      32  payload
/// </code>
/// Little-endian. No run of zeros is a record, so what a file system leaves behind a crash is never taken for one.
/// </summary>
internal readonly record struct SpoolRecord(
    SpoolKind Kind,
    int Group,
    long First,
    long Count,
    ReadOnlyMemory<byte> Payload
)
{
    public const int HeaderBytes = 32;

    /// <summary>The group of what is about all of them.</summary>
    public const int AllGroups = -1;

    /// <summary>A length beyond this is damage: no message may be so large.</summary>
    public const int MaxPayloadBytes = 16 << 20;

    private const int ChecksumAt = 4;
    private const int CheckedFrom = 8;
    private const int SessionShift = 32;

    public long End => First + Count;

    public int SizeBytes => HeaderBytes + Payload.Length;

    /// <summary>Whether it moves its group forward.</summary>
    public bool HoldsSamples => Kind is SpoolKind.Block or SpoolKind.Gap;

    /// <summary>Whether it holds annotations or anchors, of which no sample says that the stream has them.</summary>
    public bool IsEvent => Kind is SpoolKind.Annotations or SpoolKind.TimeAnchors;

    /// <summary>
    /// The number of an event: they grow along the spool, and none is given twice. 0 in what was spooled before events
    /// had numbers, and of what is no event.
    /// </summary>
    public long EventNumber => IsEvent ? Count : 0;

    public static SpoolRecord OfGap(int group, long first, long end, ReadOnlyMemory<byte> payload) =>
        new(SpoolKind.Gap, group, first, end - first, payload);

    /// <summary>The same event with its number.</summary>
    /// <param name="session">In which it is spooled.</param>
    /// <param name="index">How many events the session has before it.</param>
    public SpoolRecord AsEvent(long session, long index) => this with { Count = (session << SessionShift) + index + 1 };

    /// <summary>The session of an event.</summary>
    public static long SessionOf(long eventNumber) => eventNumber >> SessionShift;

    /// <summary>Writes <see cref="SizeBytes"/> bytes.</summary>
    public void Write(Span<byte> output)
    {
        output[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(output, (uint)Payload.Length);
        output[8] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(output[12..], Group);
        BinaryPrimitives.WriteInt64LittleEndian(output[16..], First);
        BinaryPrimitives.WriteInt64LittleEndian(output[24..], Count);
        Payload.Span.CopyTo(output[HeaderBytes..]);
        var checksum = Crc32C.Compute(output[CheckedFrom..SizeBytes]);
        BinaryPrimitives.WriteUInt32LittleEndian(output[ChecksumAt..], checksum);
    }

    /// <summary>Length of the payload that a header announces, or null where it cannot be one.</summary>
    public static int? ReadPayloadLength(ReadOnlySpan<byte> header)
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        return length <= MaxPayloadBytes && Enum.IsDefined((SpoolKind)header[8]) ? (int)length : null;
    }

    /// <summary>Reads a record from exactly its bytes; null where they are damaged. Keeps the memory.</summary>
    public static SpoolRecord? Read(ReadOnlyMemory<byte> bytes)
    {
        var span = bytes.Span;
        if (Crc32C.Compute(span[CheckedFrom..]) != BinaryPrimitives.ReadUInt32LittleEndian(span[ChecksumAt..]))
        {
            return null;
        }

        return new(
            (SpoolKind)span[8],
            BinaryPrimitives.ReadInt32LittleEndian(span[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(span[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(span[24..]),
            bytes[HeaderBytes..]
        );
    }
}
