using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Dendrite.Signals.Blocks.Fast;

namespace Dendrite.Signals.Blocks;

/// <summary>What a summary needs of int16 samples, added up frame by frame. Exact.</summary>
/// <param name="first">Any sample of the channel.</param>
internal struct Sums16(short first)
{
    private Vector256<short> minimum = Vector256.Create(first);
    private Vector256<short> maximum = Vector256.Create(first);
    private Vector256<ulong> squares;
    private long sum;

    /// <summary>Adds a frame; returns the sum of its samples.</summary>
    /// <param name="frame">A whole frame; a short one is filled up with samples of the channel.</param>
    /// <param name="count">Samples that count.</param>
    public int Add(ReadOnlySpan<short> frame, int count)
    {
        int sumOfFrame = AddVectors(MemoryMarshal.Cast<short, Vector256<short>>(frame[..FrameLayout.Samples]));
        for (int i = count; i < FrameLayout.Samples; i++)
        {
            sumOfFrame -= frame[i];
            squares -= Vector256.CreateScalar((ulong)(frame[i] * frame[i]));
        }
        sum += sumOfFrame;
        return sumOfFrame;
    }

    public readonly ChannelSummary Summary(int count)
    {
        short min = minimum[0];
        short max = maximum[0];
        for (int lane = 1; lane < Vector256<short>.Count; lane++)
        {
            min = Math.Min(min, minimum[lane]);
            max = Math.Max(max, maximum[lane]);
        }
        return new(count, min, max, sum, Vector256.Sum(squares));
    }

    private int AddVectors(ReadOnlySpan<Vector256<short>> vectors)
    {
        var (min, max, sums, squareSums) = (minimum, maximum, Vector256<int>.Zero, squares);
        foreach (var lanes in vectors)
        {
            min = Vector256.Min(min, lanes);
            max = Vector256.Max(max, lanes);
            var (pairSums, pairSquares) = Pairs(lanes);
            sums += pairSums;
            // Two squares are at most 2 * 2^30: one bit too many for int, so they are read as uint.
            squareSums +=
                (pairSquares.AsUInt64() & Vector256.Create((ulong)uint.MaxValue)) + (pairSquares.AsUInt64() >>> 32);
        }
        (minimum, maximum, squares) = (min, max, squareSums);
        return Vector256.Sum(sums);
    }

    /// <summary>Sums and sums of squares of pairs of lanes; which lanes are paired depends on the processor.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector256<int> Sums, Vector256<uint> Squares) Pairs(Vector256<short> lanes)
    {
        if (Avx2.IsSupported)
        {
            return (
                Avx2.MultiplyAddAdjacent(lanes, Vector256<short>.One),
                Avx2.MultiplyAddAdjacent(lanes, lanes).AsUInt32()
            );
        }
        var (low, high) = Vector256.Widen(lanes);
        return (low + high, ((low * low) + (high * high)).AsUInt32());
    }
}
