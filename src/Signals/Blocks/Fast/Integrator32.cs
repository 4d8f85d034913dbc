using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// <see cref="Integrator16"/> for 32 bits: a prediction of order k is undone by k running sums, modulo 2^32.
/// </summary>
internal struct Integrator32
{
    // Last sample, its first and its second difference; zero before the first sample.
    private int last;
    private int slope;
    private int curve;

    /// <summary>The sample before the next frame.</summary>
    public readonly int Last => last;

    /// <summary>Undoes the prediction of one frame, in place.</summary>
    /// <param name="frame">
    /// A whole frame of residuals, zigzag folded (a short one filled up with anything), that become samples.
    /// </param>
    /// <param name="order">0 to 3.</param>
    /// <param name="level">The base of a frame of order 0.</param>
    public void Undo(Span<int> frame, int order, int level)
    {
        var rows = MemoryMarshal.Cast<int, Vector256<int>>(frame[..FrameLayout.Samples]);
        switch (order)
        {
            case 0:
                AddLevel(rows, Vector256.Create(level));
                break;
            case 1:
                SumOnce(rows);
                break;
            case 2:
                SumTwice(rows);
                break;
            default:
                SumThrice(rows);
                break;
        }
        last = frame[FrameLayout.Samples - 1];
        int before = frame[FrameLayout.Samples - 2];
        slope = last - before;
        curve = slope - (before - frame[FrameLayout.Samples - 3]);
    }

    /// <summary>After a run of frames that repeat the last sample.</summary>
    public void Repeat() => slope = curve = 0;

    private static void AddLevel(Span<Vector256<int>> rows, Vector256<int> level)
    {
        foreach (ref var row in rows)
        {
            row = UnfoldSign(row) + level;
        }
    }

    private readonly void SumOnce(Span<Vector256<int>> rows)
    {
        var lasts = Vector256.Create(last);
        foreach (ref var row in rows)
        {
            row = RunningSums(UnfoldSign(row)) + lasts;
            lasts = LastLane(row);
        }
    }

    private readonly void SumTwice(Span<Vector256<int>> rows)
    {
        var lasts = Vector256.Create(last);
        var slopeNow = Vector256.Create(slope);
        foreach (ref var row in rows)
        {
            var slopes = RunningSums(UnfoldSign(row)) + slopeNow;
            slopeNow = LastLane(slopes);
            row = RunningSums(slopes) + lasts;
            lasts = LastLane(row);
        }
    }

    private readonly void SumThrice(Span<Vector256<int>> rows)
    {
        var lasts = Vector256.Create(last);
        var slopeNow = Vector256.Create(slope);
        var curveNow = Vector256.Create(curve);
        foreach (ref var row in rows)
        {
            var curves = RunningSums(UnfoldSign(row)) + curveNow;
            curveNow = LastLane(curves);
            var slopes = RunningSums(curves) + slopeNow;
            slopeNow = LastLane(slopes);
            row = RunningSums(slopes) + lasts;
            lasts = LastLane(row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> UnfoldSign(Vector256<int> zigzag) => (zigzag >>> 1) ^ -(zigzag & Vector256<int>.One);

    /// <summary>Lane i becomes the sum of lanes 0 to i.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> RunningSums(Vector256<int> lanes)
    {
        if (Avx2.IsSupported)
        {
            lanes += Avx2.ShiftLeftLogical128BitLane(lanes, 4);
            lanes += Avx2.ShiftLeftLogical128BitLane(lanes, 8);
            // 0x08: the lower half goes up, zeros take its place. 0xFF: its last lane everywhere.
            return lanes + Avx2.Shuffle(Avx2.Permute2x128(lanes, lanes, 0x08), 0xFF);
        }
        var low = RunningSums(lanes.GetLower());
        var high = RunningSums(lanes.GetUpper()) + Vector128.Create(low[3]);
        return Vector256.Create(low, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> RunningSums(Vector128<int> lanes)
    {
        lanes += Vector128.Shuffle(lanes, Vector128.Create(-1, 0, 1, 2));
        return lanes + Vector128.Shuffle(lanes, Vector128.Create(-1, -1, 0, 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> LastLane(Vector256<int> lanes) =>
        Avx2.IsSupported ? Avx2.Shuffle(Avx2.Permute2x128(lanes, lanes, 0x11), 0xFF) : Vector256.Create(lanes[7]);
}
