using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary><see cref="Differences16"/> for 32 bits, modulo 2^32.</summary>
internal static class Differences32
{
    public const int History = FrameLayout.Lanes;

    /// <summary>
    /// The order with the least sum of absolute residuals, a good stand-in for the bits they take.
    /// </summary>
    /// <param name="window"><see cref="History"/> samples, then a whole frame.</param>
    /// <param name="level">The base of order 0.</param>
    public static int ChooseOrder(ReadOnlySpan<int> window, int level)
    {
        window = window[..(History + FrameLayout.Samples)];
        var levels = Vector256.Create(level);
        var sum0 = Vector256<ulong>.Zero;
        var sum1 = Vector256<ulong>.Zero;
        var sum2 = Vector256<ulong>.Zero;
        var sum3 = Vector256<ulong>.Zero;
        for (int i = History; i < window.Length; i += Vector256<int>.Count)
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
        Span<ulong> sums = [Vector256.Sum(sum0), Vector256.Sum(sum1), Vector256.Sum(sum2), Vector256.Sum(sum3)];
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
    public static uint Residuals(ReadOnlySpan<int> window, int order, int level, Span<uint> residuals)
    {
        window = window[..(History + FrameLayout.Samples)];
        var union = Vector256<uint>.Zero;
        var levels = Vector256.Create(level);
        for (int i = 0; i < FrameLayout.Samples; i += Vector256<int>.Count)
        {
            int at = History + i;
            var prediction = order switch
            {
                0 => levels,
                1 => At(window, at - 1),
                2 => At(window, at - 1) + (At(window, at - 1) - At(window, at - 2)),
                _ => Cubic(At(window, at - 1) - At(window, at - 2), At(window, at - 3)),
            };
            var residual = At(window, at) - prediction;
            var folded = ((residual << 1) ^ (residual >> 31)).AsUInt32();
            union |= folded;
            folded.CopyTo(residuals[i..]);
        }
        var half = (union.GetLower() | union.GetUpper()).AsUInt64();
        ulong quarter = half[0] | half[1];
        return (uint)(quarter | (quarter >> 32));

        // 3 x1 - 3 x2 + x3
        static Vector256<int> Cubic(Vector256<int> slope, Vector256<int> x3) => slope + slope + slope + x3;
    }

    /// <summary>Sums of neighbours' magnitudes; |-2^31| read without sign is right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ulong> Magnitudes(Vector256<int> residuals)
    {
        var magnitudes = Vector256.Abs(residuals).AsUInt64();
        return (magnitudes & Vector256.Create((ulong)uint.MaxValue)) + (magnitudes >>> 32);
    }

    // The callers have cut the window to the length that all indexes stay in.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> At(ReadOnlySpan<int> window, int index) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(window), (nuint)index);
}
