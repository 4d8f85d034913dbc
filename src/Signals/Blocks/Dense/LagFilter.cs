using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Undoes linear prediction from a channel's own last samples:
/// <c>x[t] = r[t] + ((drive[t] + a1 x[t-1] + ... + a32 x[t-32]) >> shift)</c>, sums modulo 2^32, samples modulo 2^16.
/// </summary>
/// <remarks>
/// The obvious way, a dot product a sample, makes each sample wait for a multiplication and a sum across lanes.
/// Instead each sample, once known, is spread over the sums of the 32 samples after it, kept in vectors ("future"):
/// those multiplications have time until three samples later. Only the two nearest lags lie on the path from one sample
/// to the next; they are done in scalar registers. Sums modulo 2^32 are the same in any order.
/// </remarks>
internal ref struct LagFilter
{
    public const int MaxOrder = 32;
    public const int Lanes = 8;

    private const int Vectors = (MaxOrder / Lanes) + 1;

    // Lag l from 3 on has its coefficient at 7 + l; zeros on both sides, so that a vector may begin anywhere.
    private Taps taps;
    private Future future;
    private readonly int nearest;
    private readonly int second;
    private readonly int shift;
    private int last;
    private int beforeLast;
    private int held;

    /// <param name="coefficients">That of lag 1 first; at most <see cref="MaxOrder"/>.</param>
    /// <param name="shift">Binary places of the coefficients, 0 to 15.</param>
    /// <param name="before">Stands for every sample before the first.</param>
    public LagFilter(scoped ReadOnlySpan<short> coefficients, int shift, short before)
    {
        this.shift = shift;
        nearest = coefficients.Length > 0 ? coefficients[0] : 0;
        second = coefficients.Length > 1 ? coefficients[1] : 0;
        last = before;
        beforeLast = before;
        for (int lag = 3; lag <= coefficients.Length; lag++)
        {
            taps[Lanes - 1 + lag] = coefficients[lag - 1];
        }
        Hold(MaxOrder);
    }

    /// <summary>Goes on as if so many samples equal to the last one had come.</summary>
    /// <returns>The last sample.</returns>
    public short Hold(int count)
    {
        if (held >= MaxOrder)
        {
            // As far as lags reach, all samples are the last one: nothing changes any more.
            return (short)last;
        }
        held += count;
        Span<int> ahead = MemoryMarshal.Cast<Vector256<int>, int>((Span<Vector256<int>>)future);
        for (int sample = 0; sample < MaxOrder; sample++)
        {
            int sum = sample + count < MaxOrder ? ahead[sample + count] : 0;
            for (int lag = sample + 1; lag <= Math.Min(MaxOrder, sample + count); lag++)
            {
                sum += taps[Lanes - 1 + lag] * last;
            }
            ahead[sample] = sum;
        }
        beforeLast = count > 1 ? last : beforeLast;
        return (short)last;
    }

    /// <summary>Turns residuals into samples, in place.</summary>
    /// <param name="values">Whole rows of eight; a call goes on where the one before it ended.</param>
    /// <param name="drive">What else the prediction consists of, before the shift; as long.</param>
    public void Undo(scoped Span<short> values, scoped ReadOnlySpan<int> drive)
    {
        if (values.IsEmpty)
        {
            return;
        }
        held = 0;
        ref int tap = ref taps[0];
        var (f0, f1, f2, f3) = (future[0], future[1], future[2], future[3]);
        var (a1, a2, places, x1, x2) = (nearest, second, shift, last, beforeLast);
        int even = f0[0];
        int odd = f0[1];
        for (; values.Length >= Lanes && drive.Length >= Lanes; values = values[Lanes..], drive = drive[Lanes..])
        {
            var f4 = Vector256<int>.Zero;
            // The sum two samples ahead is taken before this sample is spread: it needs no lag below 3.
            x2 = Sample(ref values[0], even + drive[0] + (a2 * x2) + (a1 * x1), places);
            even = f0[2];
            Spread(x2, ref Unsafe.Add(ref tap, 7), ref f0, ref f1, ref f2, ref f3, ref f4);
            x1 = Sample(ref values[1], odd + drive[1] + (a2 * x1) + (a1 * x2), places);
            odd = f0[3];
            Spread(x1, ref Unsafe.Add(ref tap, 6), ref f0, ref f1, ref f2, ref f3, ref f4);
            x2 = Sample(ref values[2], even + drive[2] + (a2 * x2) + (a1 * x1), places);
            even = f0[4];
            Spread(x2, ref Unsafe.Add(ref tap, 5), ref f0, ref f1, ref f2, ref f3, ref f4);
            x1 = Sample(ref values[3], odd + drive[3] + (a2 * x1) + (a1 * x2), places);
            odd = f0[5];
            Spread(x1, ref Unsafe.Add(ref tap, 4), ref f0, ref f1, ref f2, ref f3, ref f4);
            x2 = Sample(ref values[4], even + drive[4] + (a2 * x2) + (a1 * x1), places);
            even = f0[6];
            Spread(x2, ref Unsafe.Add(ref tap, 3), ref f0, ref f1, ref f2, ref f3, ref f4);
            x1 = Sample(ref values[5], odd + drive[5] + (a2 * x1) + (a1 * x2), places);
            odd = f0[7];
            Spread(x1, ref Unsafe.Add(ref tap, 2), ref f0, ref f1, ref f2, ref f3, ref f4);
            x2 = Sample(ref values[6], even + drive[6] + (a2 * x2) + (a1 * x1), places);
            even = f1[0];
            Spread(x2, ref Unsafe.Add(ref tap, 1), ref f0, ref f1, ref f2, ref f3, ref f4);
            x1 = Sample(ref values[7], odd + drive[7] + (a2 * x1) + (a1 * x2), places);
            odd = f1[1];
            Spread(x1, ref tap, ref f0, ref f1, ref f2, ref f3, ref f4);
            (f0, f1, f2, f3) = (f1, f2, f3, f4);
        }
        (future[0], future[1], future[2], future[3]) = (f0, f1, f2, f3);
        (last, beforeLast) = (x1, x2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sample(ref short value, int sum, int places) => value = (short)(value + (sum >> places));

    /// <summary>
    /// Adds what a sample means for those after it; <paramref name="tap"/> is that of its own lane's lag 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread(
        int sample,
        ref int tap,
        ref Vector256<int> f0,
        ref Vector256<int> f1,
        ref Vector256<int> f2,
        ref Vector256<int> f3,
        ref Vector256<int> f4
    )
    {
        var samples = Vector256.Create(sample);
        f0 += samples * Vector256.LoadUnsafe(ref tap);
        f1 += samples * Vector256.LoadUnsafe(ref tap, 8);
        f2 += samples * Vector256.LoadUnsafe(ref tap, 16);
        f3 += samples * Vector256.LoadUnsafe(ref tap, 24);
        f4 += samples * Vector256.LoadUnsafe(ref tap, 32);
    }

    [InlineArray((Vectors + 1) * Lanes)]
    private struct Taps
    {
        private int first;
    }

    [InlineArray(Vectors - 1)]
    private struct Future
    {
        private Vector256<int> first;
    }
}
