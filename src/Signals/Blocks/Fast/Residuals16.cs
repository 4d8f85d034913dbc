using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Reads the residuals of one escaped16 frame: the packed ones, then those that did not fit.</summary>
internal static class Residuals16
{
    public const int PatchBytes = 3;

    private const int MaskBits = 64;

    /// <summary>Reads one frame.</summary>
    /// <param name="frames">Stands behind the head and the base.</param>
    /// <param name="head">The frame's head.</param>
    /// <param name="count">Samples of the frame.</param>
    /// <param name="residuals">A whole frame's room; beyond the rows of the frame it is left as it was.</param>
    public static void Read(ref FrameReader frames, FrameHead head, int count, scoped Span<ushort> residuals)
    {
        if (head.Width > FrameLayout.WordBits)
        {
            throw FrameReader.Malformed($"a width of {head.Width} where samples have 16 bits");
        }
        var rows = MemoryMarshal.Cast<ushort, Vector128<ushort>>(residuals)[..FrameLayout.Rows(count)];
        frames.Unpack(rows, head.Width);
        switch (head.Tail)
        {
            case FrameTail.None when head.Parameter == 0:
                break;
            case FrameTail.Escapes when head.Width > 0:
                AddEscaped(ref frames, head, residuals, count);
                break;
            case FrameTail.Patches:
                Patch(frames.Take(head.Parameter * PatchBytes), head.Width, residuals[..count]);
                break;
            default:
                throw FrameReader.Malformed($"a tail {head.Tail} with {head.Parameter} at width {head.Width}");
        }
    }

    private static void AddEscaped(ref FrameReader frames, FrameHead head, scoped Span<ushort> residuals, int count)
    {
        var codes = frames.Codes(head.Parameter);
        ushort escape = BitLanes.Mask(head.Width);
        for (int start = 0; start < count; start += MaskBits)
        {
            var part = residuals.Slice(start, MaskBits);
            ulong found = EqualMask(part, escape);
            if (count - start < MaskBits)
            {
                found &= (1UL << (count - start)) - 1;
            }
            codes.AddTo(found, part);
        }
        frames.Take(codes.Length);
    }

    /// <summary>Bit i is set where residual i, of 64, equals the escape.</summary>
    private static ulong EqualMask(ReadOnlySpan<ushort> residuals, ushort escape)
    {
        var escapes = Vector256.Create(escape);
        var lanes = MemoryMarshal.Cast<ushort, Vector256<ushort>>(residuals[..MaskBits]);
        ulong low = Vector256
            .Narrow(Vector256.Equals(lanes[0], escapes), Vector256.Equals(lanes[1], escapes))
            .ExtractMostSignificantBits();
        ulong high = Vector256
            .Narrow(Vector256.Equals(lanes[2], escapes), Vector256.Equals(lanes[3], escapes))
            .ExtractMostSignificantBits();
        return low | (high << 32);
    }

    /// <summary>Adds to listed residuals what they have above the width.</summary>
    public static void Patch(ReadOnlySpan<byte> patches, int width, Span<ushort> residuals)
    {
        for (; !patches.IsEmpty; patches = patches[PatchBytes..])
        {
            int position = patches[0];
            if (position >= residuals.Length)
            {
                throw FrameReader.Malformed($"a patch at position {position} of {residuals.Length} samples");
            }
            residuals[position] |= (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(patches[1..]) << width);
        }
    }
}
