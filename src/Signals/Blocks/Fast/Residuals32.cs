using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Reads the residuals of one escaped32 frame. They are packed as those of escaped16, where a width above 16 takes two
/// parts: the low 16 bits of each residual, then the rest. So most frames, which need fewer than 16 bits, are unpacked
/// eight at a time all the same.
/// </summary>
internal static class Residuals32
{
    public const int PatchBytes = 5;
    public const int MaxWidth = 32;

    private const int MaskBits = 64;

    /// <summary>Reads one frame.</summary>
    /// <param name="frames">Stands behind the head and the base.</param>
    /// <param name="head">The frame's head.</param>
    /// <param name="count">Samples of the frame.</param>
    /// <param name="residuals">A whole frame's room; beyond the rows of the frame it is filled with anything.</param>
    public static void Read(ref FrameReader frames, FrameHead head, int count, scoped Span<uint> residuals)
    {
        if (head.Width > MaxWidth)
        {
            throw FrameReader.Malformed($"a width of {head.Width} where residuals have 32 bits");
        }
        Unpack(ref frames, head.Width, FrameLayout.Rows(count), residuals);
        switch (head.Tail)
        {
            case FrameTail.None when head.Parameter == 0:
                break;
            case FrameTail.Escapes when head.Width is > 0 and < MaxWidth:
                AddEscaped(ref frames, head, residuals, count);
                break;
            case FrameTail.Patches when head.Width < MaxWidth:
                Patch(frames.Take(head.Parameter * PatchBytes), head.Width, residuals[..count]);
                break;
            default:
                throw FrameReader.Malformed($"a tail {head.Tail} with {head.Parameter} at width {head.Width}");
        }
    }

    /// <summary>The packed value that stands for an escape.</summary>
    public static uint Escape(int width) => (1u << width) - 1;

    private static void Unpack(ref FrameReader frames, int width, int rowCount, scoped Span<uint> residuals)
    {
        Span<Vector128<ushort>> rows = stackalloc Vector128<ushort>[FrameLayout.FullRows];
        var lanes = MemoryMarshal.Cast<uint, Vector256<uint>>(residuals[..FrameLayout.Samples]);
        frames.Unpack(rows[..rowCount], Math.Min(width, FrameLayout.WordBits));
        for (int row = 0; row < rows.Length; row++)
        {
            lanes[row] = Widen(rows[row]);
        }
        if (width <= FrameLayout.WordBits)
        {
            return;
        }
        frames.Unpack(rows[..rowCount], width - FrameLayout.WordBits);
        for (int row = 0; row < rows.Length; row++)
        {
            lanes[row] |= Widen(rows[row]) << FrameLayout.WordBits;
        }
    }

    private static Vector256<uint> Widen(Vector128<ushort> row)
    {
        var (low, high) = Vector128.Widen(row);
        return Vector256.Create(low, high);
    }

    private static void AddEscaped(ref FrameReader frames, FrameHead head, scoped Span<uint> residuals, int count)
    {
        var codes = frames.Codes(head.Parameter);
        uint escape = Escape(head.Width);
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
    private static ulong EqualMask(ReadOnlySpan<uint> residuals, uint escape)
    {
        var escapes = Vector256.Create(escape);
        var lanes = MemoryMarshal.Cast<uint, Vector256<uint>>(residuals[..MaskBits]);
        ulong mask = 0;
        for (int i = 0; i < lanes.Length; i++)
        {
            ulong equal = Vector256.Equals(lanes[i], escapes).ExtractMostSignificantBits();
            mask |= equal << (i * Vector256<uint>.Count);
        }
        return mask;
    }

    private static void Patch(ReadOnlySpan<byte> patches, int width, Span<uint> residuals)
    {
        for (; !patches.IsEmpty; patches = patches[PatchBytes..])
        {
            int position = patches[0];
            if (position >= residuals.Length)
            {
                throw FrameReader.Malformed($"a patch at position {position} of {residuals.Length} samples");
            }
            residuals[position] |= BinaryPrimitives.ReadUInt32LittleEndian(patches[1..]) << width;
        }
    }
}
