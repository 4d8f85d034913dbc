using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Writes the residuals of one escaped32 frame at the width where they take the fewest bytes.</summary>
internal static class Residuals32Writer
{
    /// <summary>Chooses width and tail.</summary>
    /// <param name="residuals">A whole frame, zigzag folded, zeros beyond its samples.</param>
    /// <param name="union">All residuals or-ed together.</param>
    /// <param name="rows">Rows of the frame.</param>
    public static (int Width, FrameTail Tail, int Parameter) Choose(ReadOnlySpan<uint> residuals, uint union, int rows)
    {
        int widest = BitLength(union);
        (int Width, FrameTail Tail, int Parameter) best = (widest, FrameTail.None, 0);
        int bestBits = PackedBytes(rows, widest) * 8;
        // A short frame wastes part of its last word, so a narrower one may cost the same before it costs less.
        int patience = rows == FrameLayout.FullRows ? 0 : 2 * FrameLayout.WordBytes * 8;
        for (int width = widest - 1; width > 0; width--)
        {
            uint escape = Residuals32.Escape(width);
            int count = CountEscapes(residuals, escape, out ulong sum);
            // No number is above the union, so at this order each can be written.
            int order = Math.Max(ExpGolomb.OrderFor(sum, count), ExpGolomb.LeastOrder(union));
            int bits = (PackedBytes(rows, width) * 8) + ExpGolomb.EstimateBits(count, order);
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
        return patched && patches * Residuals32.PatchBytes * 8 < bestBits ? (0, FrameTail.Patches, patches) : best;
    }

    /// <summary>Writes what <see cref="Choose"/> chose; returns the bytes written.</summary>
    public static int Write(
        ReadOnlySpan<uint> residuals,
        int rows,
        (int Width, FrameTail Tail, int Parameter) choice,
        Span<byte> output
    )
    {
        int packed = PackedBytes(rows, choice.Width);
        switch (choice.Tail)
        {
            case FrameTail.Escapes:
                Span<uint> clipped = stackalloc uint[FrameLayout.Samples];
                uint escape = Residuals32.Escape(choice.Width);
                int codes = Clip(residuals, escape, choice.Parameter, clipped, output[packed..]);
                Pack(clipped, rows, choice.Width, output);
                return packed + codes;
            case FrameTail.Patches:
                return WritePatches(residuals, output);
            default:
                Pack(residuals, rows, choice.Width, output);
                return packed;
        }
    }

    private static int PackedBytes(int rows, int width) =>
        FrameLayout.PackedBytes(rows, Math.Min(width, FrameLayout.WordBits))
        + FrameLayout.PackedBytes(rows, Math.Max(0, width - FrameLayout.WordBits));

    private static void Pack(ReadOnlySpan<uint> residuals, int rowCount, int width, Span<byte> output)
    {
        Span<Vector128<ushort>> rows = stackalloc Vector128<ushort>[FrameLayout.FullRows];
        rows = rows[..rowCount];
        int lowWidth = Math.Min(width, FrameLayout.WordBits);
        int lowBytes = FrameLayout.PackedBytes(rowCount, lowWidth);
        Narrow(residuals, 0, rows);
        BitLanes.Pack(rows, lowWidth, output[..lowBytes]);
        if (width > FrameLayout.WordBits)
        {
            int highBytes = FrameLayout.PackedBytes(rowCount, width - FrameLayout.WordBits);
            Narrow(residuals, FrameLayout.WordBits, rows);
            BitLanes.Pack(rows, width - FrameLayout.WordBits, output.Slice(lowBytes, highBytes));
        }
    }

    /// <summary>16 bits of each residual, from bit <paramref name="shift"/> on.</summary>
    private static void Narrow(ReadOnlySpan<uint> residuals, int shift, Span<Vector128<ushort>> rows)
    {
        var halves = MemoryMarshal.Cast<uint, Vector128<uint>>(residuals);
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row] = Vector128.Narrow(halves[2 * row] >>> shift, halves[(2 * row) + 1] >>> shift);
        }
    }

    /// <summary>Residuals at or above the escape, and the sum of what they have above it.</summary>
    private static int CountEscapes(ReadOnlySpan<uint> residuals, uint escape, out ulong sum)
    {
        var escapes = Vector256.Create(escape);
        var counts = Vector256<uint>.Zero;
        var sums = Vector256<ulong>.Zero;
        foreach (var lanes in MemoryMarshal.Cast<uint, Vector256<uint>>(residuals))
        {
            var clipped = Vector256.Min(lanes, escapes);
            // A lane that holds is all ones, that is -1.
            counts -= Vector256.Equals(clipped, escapes);
            var above = (lanes - clipped).AsUInt64();
            sums += (above & Vector256.Create((ulong)uint.MaxValue)) + (above >>> 32);
        }
        sum = Vector256.Sum(sums);
        return (int)Vector256.Sum(counts);
    }

    private static int CountNonZero(ReadOnlySpan<uint> residuals)
    {
        var zeros = Vector256<uint>.Zero;
        foreach (var lanes in MemoryMarshal.Cast<uint, Vector256<uint>>(residuals))
        {
            zeros -= Vector256.Equals(lanes, Vector256<uint>.Zero);
        }
        return FrameLayout.Samples - (int)Vector256.Sum(zeros);
    }

    /// <summary>Cuts residuals to the escape and writes what is above it; returns the bytes of the codes.</summary>
    private static int Clip(ReadOnlySpan<uint> residuals, uint escape, int order, Span<uint> clipped, Span<byte> output)
    {
        var codes = new ExpGolombWriter(output, order);
        var escapes = Vector256.Create(escape);
        for (int start = 0; start < FrameLayout.Samples; start += Vector256<uint>.Count)
        {
            var cut = Vector256.Min(Vector256.Create(residuals[start..]), escapes);
            cut.CopyTo(clipped[start..]);
            uint found = Vector256.Equals(cut, escapes).ExtractMostSignificantBits();
            for (; found != 0; found &= found - 1)
            {
                codes.Write(residuals[start + BitOperations.TrailingZeroCount(found)] - escape);
            }
        }
        return codes.Length;
    }

    private static int WritePatches(ReadOnlySpan<uint> residuals, Span<byte> output)
    {
        int at = 0;
        for (int i = 0; i < residuals.Length; i++)
        {
            if (residuals[i] != 0)
            {
                output[at] = (byte)i;
                BinaryPrimitives.WriteUInt32LittleEndian(output[(at + 1)..], residuals[i]);
                at += Residuals32.PatchBytes;
            }
        }
        return at;
    }

    private static int BitLength(uint value) => 32 - BitOperations.LeadingZeroCount(value);
}
