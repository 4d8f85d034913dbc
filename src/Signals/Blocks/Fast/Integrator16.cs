using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Turns the residuals of int16 frames back into samples: a prediction of order k is undone by k running sums, modulo
/// 2^16. Carries the end of one frame over to the next; before the first sample all is zero.
/// </summary>
internal struct Integrator16
{
    private short last;
    private short slope;
    private short curve;

    /// <summary>The sample before the next frame.</summary>
    public readonly short Last => last;

    /// <summary>Undoes the prediction of one frame.</summary>
    /// <param name="residuals">A whole frame, zigzag folded; a short one filled up with anything.</param>
    /// <param name="order">0 to 3.</param>
    /// <param name="level">The base of a frame of order 0.</param>
    /// <param name="samples">A whole frame's room; only the end of a full frame can be gone on from.</param>
    public void Undo(ReadOnlySpan<ushort> residuals, int order, short level, Span<short> samples)
    {
        var rows = MemoryMarshal.Cast<ushort, Vector256<ushort>>(residuals[..FrameLayout.Samples]);
        var target = MemoryMarshal.Cast<short, Vector256<short>>(samples[..FrameLayout.Samples]);
        switch (order)
        {
            case 0:
                AddLevel(rows, Vector256.Create(level), target);
                break;
            case 1:
                SumOnce(rows, Vector256.Create(last), target);
                break;
            case 2:
                SumTwice(rows, Vector256.Create(last), Vector256.Create(slope), target);
                break;
            default:
                SumThrice(rows, target);
                break;
        }
        last = samples[FrameLayout.Samples - 1];
        short before = samples[FrameLayout.Samples - 2];
        slope = (short)(last - before);
        curve = (short)(slope - (before - samples[FrameLayout.Samples - 3]));
    }

    /// <summary>After a run of frames that repeat the last sample.</summary>
    public void Repeat() => slope = curve = 0;

    private static void AddLevel(
        ReadOnlySpan<Vector256<ushort>> rows,
        Vector256<short> level,
        Span<Vector256<short>> samples
    )
    {
        for (int i = 0; i < rows.Length; i++)
        {
            samples[i] = UnfoldSign(rows[i]) + level;
        }
    }

    private static void SumOnce(
        ReadOnlySpan<Vector256<ushort>> rows,
        Vector256<short> last,
        Span<Vector256<short>> samples
    )
    {
        for (int i = 0; i < rows.Length; i++)
        {
            var sums = RunningSums(UnfoldSign(rows[i])) + last;
            samples[i] = sums;
            last = LastLane(sums);
        }
    }

    private static void SumTwice(
        ReadOnlySpan<Vector256<ushort>> rows,
        Vector256<short> last,
        Vector256<short> slope,
        Span<Vector256<short>> samples
    )
    {
        for (int i = 0; i < rows.Length; i++)
        {
            var slopes = RunningSums(UnfoldSign(rows[i])) + slope;
            slope = LastLane(slopes);
            var sums = RunningSums(slopes) + last;
            last = LastLane(sums);
            samples[i] = sums;
        }
    }

    private readonly void SumThrice(ReadOnlySpan<Vector256<ushort>> rows, Span<Vector256<short>> samples)
    {
        var lasts = Vector256.Create(last);
        var slopeNow = Vector256.Create(slope);
        var curveNow = Vector256.Create(curve);
        for (int i = 0; i < rows.Length; i++)
        {
            var curves = RunningSums(UnfoldSign(rows[i])) + curveNow;
            curveNow = LastLane(curves);
            var slopes = RunningSums(curves) + slopeNow;
            slopeNow = LastLane(slopes);
            var sums = RunningSums(slopes) + lasts;
            lasts = LastLane(sums);
            samples[i] = sums;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> UnfoldSign(Vector256<ushort> zigzag) =>
        (zigzag >>> 1).AsInt16() ^ -(zigzag & Vector256<ushort>.One).AsInt16();

    /// <summary>
    /// Lane i becomes the sum of lanes 0 to i: three steps that each double the reach, then the lower half's sum onto
    /// the upper half.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> RunningSums(Vector256<short> lanes)
    {
        if (Avx2.IsSupported)
        {
            lanes += Avx2.ShiftLeftLogical128BitLane(lanes, 2);
            lanes += Avx2.ShiftLeftLogical128BitLane(lanes, 4);
            lanes += Avx2.ShiftLeftLogical128BitLane(lanes, 8);
            // 0x08: the lower half goes up, zeros take its place.
            var lower = Avx2.Permute2x128(lanes, lanes, 0x08);
            return lanes + LastLaneOfHalves(lower);
        }
        var low = RunningSums(lanes.GetLower());
        var high = RunningSums(lanes.GetUpper()) + Vector128.Create(low[7]);
        return Vector256.Create(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> RunningSums(Vector128<short> lanes)
    {
        lanes += Vector128.Shuffle(lanes, Vector128.Create(-1, 0, 1, 2, 3, 4, 5, 6));
        lanes += Vector128.Shuffle(lanes, Vector128.Create(-1, -1, 0, 1, 2, 3, 4, 5));
        return lanes + Vector128.Shuffle(lanes, Vector128.Create(-1, -1, -1, -1, 0, 1, 2, 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> LastLane(Vector256<short> lanes) =>
        Avx2.IsSupported
            // 0x11: the upper half in both.
            ? LastLaneOfHalves(Avx2.Permute2x128(lanes, lanes, 0x11))
            : Vector256.Create(lanes[15]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> LastLaneOfHalves(Vector256<short> lanes) =>
        Avx2.Shuffle(lanes.AsByte(), Vector256.Create((short)0x0F0E).AsByte()).AsInt16();
}
