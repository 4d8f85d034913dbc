using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>The inverse of <see cref="FrameEncoder"/>. Total: any bytes give samples or a typed error.</summary>
internal sealed class FrameDecoder : ChannelDecoder
{
    public override bool Reads(SampleType type) => type == SampleType.Int16;

    public override bool CanTake(int payloadBytes, in BlockHeader header) => payloadBytes < header.ChannelBytes;

    public override void Decode(in ChannelSource source, Span<byte> samples) =>
        Decode(source.Payload, MemoryMarshal.Cast<byte, short>(samples));

    private static void Decode(ReadOnlySpan<byte> payload, Span<short> samples)
    {
        Span<Vector128<ushort>> rows = stackalloc Vector128<ushort>[FrameLayout.Samples / FrameLayout.Lanes];
        var before = default(Predictor);
        while (!samples.IsEmpty)
        {
            int count = Math.Min(samples.Length, FrameLayout.Samples);
            var frameRows = rows[..FrameLayout.Rows(count)];
            payload = payload[ReadFrame(payload, count, frameRows, ref before)..];
            MemoryMarshal.Cast<Vector128<ushort>, short>(frameRows)[..count].CopyTo(samples);
            samples = samples[count..];
        }
        if (!payload.IsEmpty)
        {
            throw Malformed($"{payload.Length} bytes follow the last frame");
        }
    }

    /// <summary>Reads one frame into <paramref name="rows"/>, as samples, and returns its length in bytes.</summary>
    private static int ReadFrame(
        ReadOnlySpan<byte> payload,
        int count,
        Span<Vector128<ushort>> rows,
        ref Predictor before
    )
    {
        if (payload.Length < 2)
        {
            throw Malformed("a frame is cut short");
        }
        var (order, width) = FrameLayout.UnpackHead(payload[0]);
        int exceptions = payload[1];
        if (order > FrameLayout.MaxOrder || width > FrameLayout.WordBits || exceptions > count)
        {
            throw Malformed($"a frame of order {order}, width {width} and {exceptions} exceptions for {count} samples");
        }
        int at = order == 0 ? 4 : 2;
        int packed = FrameLayout.PackedBytes(rows.Length, width);
        int end = at + packed + (exceptions * FrameLayout.ExceptionBytes);
        if (payload.Length < end)
        {
            throw Malformed("a frame is cut short");
        }
        BitLanes.Unpack(payload.Slice(at, packed), width, rows);
        Patch(rows, payload[(at + packed)..end], width, count);
        short level = order == 0 ? BinaryPrimitives.ReadInt16LittleEndian(payload[2..]) : (short)0;
        before = Predictor.Undo(rows, order, level, before);
        return end;
    }

    private static void Patch(Span<Vector128<ushort>> rows, ReadOnlySpan<byte> exceptions, int width, int count)
    {
        var residuals = MemoryMarshal.Cast<Vector128<ushort>, ushort>(rows);
        for (; !exceptions.IsEmpty; exceptions = exceptions[FrameLayout.ExceptionBytes..])
        {
            int position = exceptions[0];
            if (position >= count)
            {
                throw Malformed($"an exception at position {position} of {count} samples");
            }
            int above = BinaryPrimitives.ReadUInt16LittleEndian(exceptions[1..]);
            residuals[position] |= (ushort)(above << width);
        }
    }

    private static BlockFormatException Malformed(string what) =>
        new(BlockFault.MalformedChannel, $"A channel's frames are damaged: {what}.");
}
