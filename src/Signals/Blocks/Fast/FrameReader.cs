using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Walks over the frames of one channel, part by part, and checks each against what is left of the payload.
/// </summary>
internal ref struct FrameReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> rest = payload;

    /// <summary>The two bytes that open the next frame or run.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ushort ReadHead() => BinaryPrimitives.ReadUInt16LittleEndian(Take(FrameHead.SizeBytes));

    public short ReadInt16() => BinaryPrimitives.ReadInt16LittleEndian(Take(sizeof(short)));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>The next bytes, as many as asked for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Take(int count)
    {
        if (rest.Length < count)
        {
            throw Malformed("a frame is cut short");
        }
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    public void Unpack(scoped Span<Vector128<ushort>> rows, int width) =>
        BitLanes.Unpack(Take(FrameLayout.PackedBytes(rows.Length, width)), width, rows);

    /// <summary>
    /// The Exp-Golomb codes that follow here. They say by themselves how long they are: when all are read, their length
    /// is handed to <see cref="Take"/>.
    /// </summary>
    public readonly ExpGolombReader Codes(int order) => new(rest, order);

    /// <summary>The frames are over; anything left is damage.</summary>
    public readonly void RequireEnd()
    {
        if (!rest.IsEmpty)
        {
            throw Malformed($"{rest.Length} bytes follow the last frame");
        }
    }

    public static BlockFormatException Malformed(string what) =>
        new(BlockFault.MalformedChannel, $"A channel's frames are damaged: {what}.");
}
