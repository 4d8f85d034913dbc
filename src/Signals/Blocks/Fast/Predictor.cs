using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// What the samples before a frame say about its first one: the last sample and its first and second difference, each
/// in all lanes, modulo 2^16. Zero before the first sample of a channel.
/// </summary>
internal readonly record struct Predictor(Vector128<short> Last, Vector128<short> Slope, Vector128<short> Curve)
{
    /// <summary>
    /// Turns a frame's residuals into samples, in place, and returns what the next frame goes on from.
    /// </summary>
    public static Predictor Undo(Span<Vector128<ushort>> rows, int order, short level, in Predictor before)
    {
        switch (order)
        {
            case 0:
                AddLevel(rows, Vector128.Create(level));
                break;
            case 1:
                SumOnce(rows, before.Last);
                break;
            case 2:
                SumTwice(rows, before.Last, before.Slope);
                break;
            default:
                SumThrice(rows, before);
                break;
        }
        return After(rows[^1].AsInt16());
    }

    private static void AddLevel(Span<Vector128<ushort>> rows, Vector128<short> level)
    {
        foreach (ref var row in rows)
        {
            row = (UnfoldSign(row) + level).AsUInt16();
        }
    }

    private static void SumOnce(Span<Vector128<ushort>> rows, Vector128<short> last)
    {
        foreach (ref var row in rows)
        {
            var samples = RunningSums(UnfoldSign(row)) + last;
            last = LastLane(samples);
            row = samples.AsUInt16();
        }
    }

    private static void SumTwice(Span<Vector128<ushort>> rows, Vector128<short> last, Vector128<short> slope)
    {
        foreach (ref var row in rows)
        {
            var slopes = RunningSums(UnfoldSign(row)) + slope;
            slope = LastLane(slopes);
            var samples = RunningSums(slopes) + last;
            last = LastLane(samples);
            row = samples.AsUInt16();
        }
    }

    private static void SumThrice(Span<Vector128<ushort>> rows, in Predictor before)
    {
        var (last, slope, curve) = before;
        foreach (ref var row in rows)
        {
            var curves = RunningSums(UnfoldSign(row)) + curve;
            curve = LastLane(curves);
            var slopes = RunningSums(curves) + slope;
            slope = LastLane(slopes);
            var samples = RunningSums(slopes) + last;
            last = LastLane(samples);
            row = samples.AsUInt16();
        }
    }

    /// <summary>
    /// A frame that others follow is full, so its last three samples are the last lanes of its last row.
    /// </summary>
    private static Predictor After(Vector128<short> row)
    {
        short slope = (short)(row[7] - row[6]);
        short slopeBefore = (short)(row[6] - row[5]);
        return new(LastLane(row), Vector128.Create(slope), Vector128.Create((short)(slope - slopeBefore)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> UnfoldSign(Vector128<ushort> zigzag) =>
        (zigzag >>> 1).AsInt16() ^ -(zigzag & Vector128<ushort>.One).AsInt16();

    /// <summary>Lane i becomes the sum of lanes 0 to i: three steps that each double the reach.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> RunningSums(Vector128<short> lanes)
    {
        lanes += Vector128.Shuffle(lanes, Vector128.Create(-1, 0, 1, 2, 3, 4, 5, 6));
        lanes += Vector128.Shuffle(lanes, Vector128.Create(-1, -1, 0, 1, 2, 3, 4, 5));
        return lanes + Vector128.Shuffle(lanes, Vector128.Create(-1, -1, -1, -1, 0, 1, 2, 3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<short> LastLane(Vector128<short> lanes) =>
        Vector128.Shuffle(lanes, Vector128.Create((short)7));
}
