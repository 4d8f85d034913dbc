using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Writes one channel of int16 samples as frames. Each frame takes the prediction (none, or a polynomial of order 1 to
/// 3 through the samples before) whose residuals are smallest, folds their sign into bit 0 (zigzag), and packs them at
/// the width where packed bits and exceptions together take the fewest bytes. All arithmetic is modulo 2^16, so every
/// residual fits 16 bits and nothing is ever lost.
/// </summary>
internal static class FrameEncoder
{
    // Eight samples stand before the frame so that its first vector finds the samples it is predicted from.
    private const int History = FrameLayout.Lanes;

    /// <summary>Encodes one channel.</summary>
    /// <returns>
    /// Bytes written, or -1 when the channel does not come out smaller than <paramref name="budget"/>.
    /// </returns>
    /// <param name="samples">The channel.</param>
    /// <param name="output">Room for <paramref name="budget"/> and one frame more.</param>
    /// <param name="budget">Bytes of the alternative, the samples as they are.</param>
    public static int Encode(ReadOnlySpan<short> samples, Span<byte> output, int budget)
    {
        Span<short> window = stackalloc short[History + FrameLayout.Samples];
        window.Clear();
        int written = 0;
        while (!samples.IsEmpty)
        {
            int count = Math.Min(samples.Length, FrameLayout.Samples);
            int padded = FrameLayout.Rows(count) * FrameLayout.Lanes;
            samples[..count].CopyTo(window[History..]);
            // The last row may be short: filled with the last sample, which costs the prediction nothing.
            window[(History + count)..(History + padded)].Fill(samples[count - 1]);
            written += EncodeFrame(window[..(History + padded)], count, output[written..]);
            if (written >= budget)
            {
                return -1;
            }
            window[FrameLayout.Samples..].CopyTo(window);
            samples = samples[count..];
        }
        return written;
    }

    private static int EncodeFrame(ReadOnlySpan<short> window, int count, Span<byte> output)
    {
        Span<Vector128<ushort>> rows = stackalloc Vector128<ushort>[FrameLayout.Samples / FrameLayout.Lanes];
        rows = rows[..FrameLayout.Rows(count)];
        short level = Mean(window[History..]);
        int order = ChooseOrder(window, level);
        Residuals(window, order, level, rows);
        MemoryMarshal.Cast<Vector128<ushort>, ushort>(rows)[count..].Clear();
        int width = ChooseWidth(rows, out int exceptions);
        return Write(rows, order, width, exceptions, level, output);
    }

    private static short Mean(ReadOnlySpan<short> samples)
    {
        var sums = Vector128<int>.Zero;
        foreach (var row in MemoryMarshal.Cast<short, Vector128<short>>(samples))
        {
            var (low, high) = Vector128.Widen(row);
            sums += low + high;
        }
        return (short)(Vector128.Sum(sums) / samples.Length);
    }

    /// <summary>The order with the least sum of absolute residuals, a good stand-in for the bits they take.</summary>
    private static int ChooseOrder(ReadOnlySpan<short> window, short level)
    {
        var levels = Vector128.Create(level);
        var sum0 = Vector128<uint>.Zero;
        var sum1 = Vector128<uint>.Zero;
        var sum2 = Vector128<uint>.Zero;
        var sum3 = Vector128<uint>.Zero;
        for (int i = History; i < window.Length; i += FrameLayout.Lanes)
        {
            var x = At(window, i);
            var x1 = At(window, i - 1);
            var x2 = At(window, i - 2);
            var first = x - x1;
            var second = first - (x1 - x2);
            var third = second - (x1 - x2 - (x2 - At(window, i - 3)));
            sum0 += Magnitudes(x - levels);
            sum1 += Magnitudes(first);
            sum2 += Magnitudes(second);
            sum3 += Magnitudes(third);
        }
        Span<uint> sums = [Vector128.Sum(sum0), Vector128.Sum(sum1), Vector128.Sum(sum2), Vector128.Sum(sum3)];
        int best = 0;
        for (int order = 1; order <= FrameLayout.MaxOrder; order++)
        {
            best = sums[order] < sums[best] ? order : best;
        }
        return best;
    }

    private static Vector128<uint> Magnitudes(Vector128<short> residuals)
    {
        // |-32768| stays 0x8000, which read without sign is the right magnitude.
        var (low, high) = Vector128.Widen(Vector128.Abs(residuals).AsUInt16());
        return low + high;
    }

    private static void Residuals(ReadOnlySpan<short> window, int order, short level, Span<Vector128<ushort>> rows)
    {
        var levels = Vector128.Create(level);
        for (int row = 0; row < rows.Length; row++)
        {
            int i = History + (row * FrameLayout.Lanes);
            var x = At(window, i);
            var prediction = order switch
            {
                0 => levels,
                1 => At(window, i - 1),
                2 => At(window, i - 1) + (At(window, i - 1) - At(window, i - 2)),
                _ => Cubic(At(window, i - 1) - At(window, i - 2), At(window, i - 3)),
            };
            var residual = x - prediction;
            rows[row] = ((residual << 1) ^ (residual >> 15)).AsUInt16();
        }

        // 3 x1 - 3 x2 + x3
        static Vector128<short> Cubic(Vector128<short> slope, Vector128<short> x3) => slope + slope + slope + x3;
    }

    /// <summary>The width with the fewest bytes, and how many residuals do not fit it.</summary>
    private static int ChooseWidth(ReadOnlySpan<Vector128<ushort>> rows, out int exceptions)
    {
        var union = Vector128<ushort>.Zero;
        foreach (var row in rows)
        {
            union |= row;
        }
        int widest = FrameLayout.WordBits - BitOperations.LeadingZeroCount((uint)UnionOfLanes(union)) + 16;
        int best = widest;
        int bestBytes = FrameLayout.PackedBytes(rows.Length, widest);
        exceptions = 0;
        for (int width = widest - 1; width >= 0; width--)
        {
            int above = CountAbove(rows, (ushort)((1 << width) - 1));
            int exceptionBytes = above * FrameLayout.ExceptionBytes;
            if (exceptionBytes >= bestBytes)
            {
                break;
            }
            int bytes = FrameLayout.PackedBytes(rows.Length, width) + exceptionBytes;
            if (bytes < bestBytes)
            {
                (best, bestBytes, exceptions) = (width, bytes, above);
            }
        }
        return best;
    }

    private static int UnionOfLanes(Vector128<ushort> lanes)
    {
        int union = 0;
        for (int lane = 0; lane < FrameLayout.Lanes; lane++)
        {
            union |= lanes[lane];
        }
        return union;
    }

    private static int CountAbove(ReadOnlySpan<Vector128<ushort>> rows, ushort limit)
    {
        var limits = Vector128.Create(limit);
        var counts = Vector128<ushort>.Zero;
        foreach (var row in rows)
        {
            // A lane that holds is all ones, that is -1.
            counts -= Vector128.GreaterThan(row, limits);
        }
        return Vector128.Sum(counts);
    }

    private static int Write(
        ReadOnlySpan<Vector128<ushort>> rows,
        int order,
        int width,
        int exceptions,
        short level,
        Span<byte> output
    )
    {
        output[0] = FrameLayout.PackHead(order, width);
        output[1] = (byte)exceptions;
        int at = 2;
        if (order == 0)
        {
            BinaryPrimitives.WriteInt16LittleEndian(output[at..], level);
            at += sizeof(short);
        }
        int packed = FrameLayout.PackedBytes(rows.Length, width);
        BitLanes.Pack(rows, width, output.Slice(at, packed));
        at += packed;
        return exceptions == 0 ? at : at + WriteExceptions(rows, width, output[at..]);
    }

    private static int WriteExceptions(ReadOnlySpan<Vector128<ushort>> rows, int width, Span<byte> output)
    {
        int at = 0;
        var residuals = MemoryMarshal.Cast<Vector128<ushort>, ushort>(rows);
        for (int i = 0; i < residuals.Length; i++)
        {
            int above = residuals[i] >> width;
            if (above != 0)
            {
                output[at] = (byte)i;
                BinaryPrimitives.WriteUInt16LittleEndian(output[(at + 1)..], (ushort)above);
                at += FrameLayout.ExceptionBytes;
            }
        }
        return at;
    }

    private static Vector128<short> At(ReadOnlySpan<short> window, int index) =>
        Vector128.Create(window.Slice(index, FrameLayout.Lanes));
}
