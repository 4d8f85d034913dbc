using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Predicts int16 frames: by a base, or by the polynomial of order 1 to 3 through the samples before. All modulo 2^16.
/// </summary>
internal static class Differences16
{
    /// <summary>
    /// How many samples before a frame its vectors reach back to; a multiple of a vector for alignment.
    /// </summary>
    public const int History = FrameLayout.Lanes;

    /// <summary>
    /// The order with the least sum of absolute residuals, a good stand-in for the bits they take.
    /// </summary>
    /// <param name="window"><see cref="History"/> samples, then a whole frame.</param>
    /// <param name="level">The base of order 0.</param>
    public static int ChooseOrder(ReadOnlySpan<short> window, short level)
    {
        window = window[..(History + FrameLayout.Samples)];
        var levels = Vector256.Create(level);
        var sum0 = Vector256<int>.Zero;
        var sum1 = Vector256<int>.Zero;
        var sum2 = Vector256<int>.Zero;
        var sum3 = Vector256<int>.Zero;
        for (int i = History; i < window.Length; i += Vector256<short>.Count)
        {
            var x = At(window, i);
            var x1 = At(window, i - 1);
            var x2 = At(window, i - 2);
            var first = x - x1;
            var firstBefore = x1 - x2;
            var second = first - firstBefore;
            var third = second - (firstBefore - (x2 - At(window, i - 3)));
            sum0 += Magnitudes(x - levels);
            sum1 += Magnitudes(first);
            sum2 += Magnitudes(second);
            sum3 += Magnitudes(third);
        }
        Span<int> sums = [Vector256.Sum(sum0), Vector256.Sum(sum1), Vector256.Sum(sum2), Vector256.Sum(sum3)];
        // Of equals order 1, since only its frames gather into runs.
        int best = 1;
        for (int order = 0; order <= FrameLayout.MaxOrder; order++)
        {
            best = sums[order] < sums[best] ? order : best;
        }
        return best;
    }

    /// <summary>Residuals of a frame, zigzag folded; returns all of them or-ed together.</summary>
    /// <param name="window"><see cref="History"/> samples, then a whole frame.</param>
    /// <param name="order">0 to 3.</param>
    /// <param name="level">The base of order 0.</param>
    /// <param name="residuals">A whole frame's room.</param>
    public static ushort Residuals(ReadOnlySpan<short> window, int order, short level, Span<ushort> residuals)
    {
        window = window[..(History + FrameLayout.Samples)];
        var union = Vector256<ushort>.Zero;
        var levels = Vector256.Create(level);
        for (int i = 0; i < FrameLayout.Samples; i += Vector256<short>.Count)
        {
            int at = History + i;
            var x = At(window, at);
            var prediction = order switch
            {
                0 => levels,
                1 => At(window, at - 1),
                2 => At(window, at - 1) + (At(window, at - 1) - At(window, at - 2)),
                _ => Cubic(At(window, at - 1) - At(window, at - 2), At(window, at - 3)),
            };
            var residual = x - prediction;
            var folded = ((residual << 1) ^ (residual >> 15)).AsUInt16();
            union |= folded;
            folded.CopyTo(residuals[i..]);
        }
        var half = union.GetLower() | union.GetUpper();
        ulong quarter = half.AsUInt64()[0] | half.AsUInt64()[1];
        quarter |= quarter >> 32;
        return (ushort)(quarter | (quarter >> 16));

        // 3 x1 - 3 x2 + x3
        static Vector256<short> Cubic(Vector256<short> slope, Vector256<short> x3) => slope + slope + slope + x3;
    }

    /// <summary>
    /// Sums of neighbours' magnitudes; |-32768| counts as 32767, which is the same on every processor.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Magnitudes(Vector256<short> residuals)
    {
        var magnitudes = Vector256.Min(Vector256.Abs(residuals).AsUInt16(), Vector256.Create((ushort)0x7FFF));
        return PairSums(magnitudes.AsInt16());
    }

    /// <summary>Adds neighbouring lanes; on processors without that instruction by widening.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> PairSums(Vector256<short> lanes)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.MultiplyAddAdjacent(lanes, Vector256<short>.One);
        }
        var (low, high) = Vector256.Widen(lanes);
        return low + high;
    }

    // The callers have cut the window to the length that all indexes stay in.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> At(ReadOnlySpan<short> window, int index) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(window), (nuint)index);
}
