using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Writes the residuals of one escaped16 frame at the width where they take the fewest bytes.</summary>
internal static class Residuals16Writer
{
    /// <summary>Chooses width and tail.</summary>
    /// <param name="residuals">A whole frame, zigzag folded, zeros beyond its samples.</param>
    /// <param name="union">All residuals or-ed together.</param>
    /// <param name="rows">Rows of the frame.</param>
    public static (int Width, FrameTail Tail, int Parameter) Choose(
        ReadOnlySpan<ushort> residuals,
        ushort union,
        int rows
    )
    {
        int widest = 32 - BitOperations.LeadingZeroCount((uint)union);
        (int Width, FrameTail Tail, int Parameter) best = (widest, FrameTail.None, 0);
        int bestBits = FrameLayout.PackedBytes(rows, widest) * 8;
        // A short frame wastes part of its last word, so a narrower one may cost the same before it costs less.
        int patience = rows == FrameLayout.FullRows ? 0 : 2 * FrameLayout.WordBytes * 8;
        for (int width = widest - 1; width > 0; width--)
        {
            int count = CountEscapes(residuals, BitLanes.Mask(width), out uint sum);
            int order = ExpGolomb.OrderFor(sum, count);
            int bits = (FrameLayout.PackedBytes(rows, width) * 8) + ExpGolomb.EstimateBits(count, order);
            if (bits > bestBits + patience)
            {
                // Narrower still, escapes only become more.
                break;
            }
            if (bits <= bestBits)
            {
                best = (width, FrameTail.Escapes, order);
                bestBits = bits;
            }
        }
        int patches = widest > 0 ? CountNonZero(residuals) : 0;
        bool patched = patches > 0 && patches <= FrameHead.MaxParameter;
        return patched && patches * Residuals16.PatchBytes * 8 < bestBits ? (0, FrameTail.Patches, patches) : best;
    }

    /// <summary>Writes what <see cref="Choose"/> chose; returns the bytes written.</summary>
    public static int Write(
        ReadOnlySpan<ushort> residuals,
        int rows,
        (int Width, FrameTail Tail, int Parameter) choice,
        Span<byte> output
    )
    {
        int packed = FrameLayout.PackedBytes(rows, choice.Width);
        if (choice.Tail != FrameTail.Escapes)
        {
            BitLanes.Pack(Rows(residuals, rows), choice.Width, output[..packed]);
            return choice.Tail == FrameTail.Patches ? packed + WritePatches(residuals, output[packed..]) : packed;
        }
        Span<ushort> clipped = stackalloc ushort[FrameLayout.Samples];
        int codes = Clip(residuals, BitLanes.Mask(choice.Width), choice.Parameter, clipped, output[packed..]);
        BitLanes.Pack(Rows(clipped, rows), choice.Width, output[..packed]);
        return packed + codes;
    }

    private static ReadOnlySpan<Vector128<ushort>> Rows(ReadOnlySpan<ushort> residuals, int rows) =>
        MemoryMarshal.Cast<ushort, Vector128<ushort>>(residuals)[..rows];

    /// <summary>Residuals at or above the escape, and the sum of what they have above it.</summary>
    private static int CountEscapes(ReadOnlySpan<ushort> residuals, ushort escape, out uint sum)
    {
        var escapes = Vector256.Create(escape);
        var counts = Vector256<ushort>.Zero;
        var sums = Vector256<uint>.Zero;
        foreach (var lanes in MemoryMarshal.Cast<ushort, Vector256<ushort>>(residuals))
        {
            var clipped = Vector256.Min(lanes, escapes);
            // A lane that holds is all ones, that is -1.
            counts -= Vector256.Equals(clipped, escapes);
            var above = lanes - clipped;
            sums += (above.AsUInt32() & Vector256.Create(0xFFFFu)) + (above.AsUInt32() >>> 16);
        }
        sum = Vector256.Sum(sums);
        return Vector256.Sum(counts);
    }

    private static int CountNonZero(ReadOnlySpan<ushort> residuals)
    {
        var counts = Vector256<ushort>.Zero;
        foreach (var lanes in MemoryMarshal.Cast<ushort, Vector256<ushort>>(residuals))
        {
            counts -= Vector256.Equals(lanes, Vector256<ushort>.Zero);
        }
        return FrameLayout.Samples - Vector256.Sum(counts);
    }

    /// <summary>Cuts residuals to the escape and writes what is above it; returns the bytes of the codes.</summary>
    private static int Clip(
        ReadOnlySpan<ushort> residuals,
        ushort escape,
        int order,
        Span<ushort> clipped,
        Span<byte> output
    )
    {
        var codes = new ExpGolombWriter(output, order);
        var escapes = Vector256.Create(escape);
        for (int start = 0; start < FrameLayout.Samples; start += Vector256<ushort>.Count)
        {
            var cut = Vector256.Min(Vector256.Create(residuals[start..]), escapes);
            cut.CopyTo(clipped[start..]);
            uint found = Vector256.Equals(cut, escapes).AsByte().ExtractMostSignificantBits() & 0x5555_5555;
            for (; found != 0; found &= found - 1)
            {
                int position = start + (BitOperations.TrailingZeroCount(found) >> 1);
                codes.Write((uint)(residuals[position] - escape));
            }
        }
        return codes.Length;
    }

    private static int WritePatches(ReadOnlySpan<ushort> residuals, Span<byte> output)
    {
        int at = 0;
        for (int i = 0; i < residuals.Length; i++)
        {
            if (residuals[i] != 0)
            {
                output[at] = (byte)i;
                BinaryPrimitives.WriteUInt16LittleEndian(output[(at + 1)..], residuals[i]);
                at += Residuals16.PatchBytes;
            }
        }
        return at;
    }
}
