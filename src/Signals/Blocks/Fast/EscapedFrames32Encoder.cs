using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// <see cref="EscapedFrames16Encoder"/> for int24 and int32, modulo 2^32. Numbers whose low bits are all zero, such as
/// 24 bits of a converter in the upper bytes of 32, are shifted down first.
/// </summary>
internal static class EscapedFrames32Encoder
{
    private const int Window = Differences32.History + FrameLayout.Samples;

    /// <summary>Encodes one channel.</summary>
    /// <param name="samples">The channel.</param>
    /// <param name="budget">The result is to be shorter than so many bytes.</param>
    /// <param name="output">Room for <paramref name="budget"/> and one frame more.</param>
    /// <param name="summary">The channel's summary; whole also where the channel is not encoded.</param>
    /// <returns>Bytes written, or -1 when they would not be fewer than <paramref name="budget"/>.</returns>
    public static int Encode<TLayout>(
        ReadOnlySpan<byte> samples,
        int budget,
        Span<byte> output,
        out ChannelSummary summary
    )
        where TLayout : struct, IWideLayout
    {
        int size = TLayout.Type.SizeBytes();
        int shift = CommonShift<TLayout>(samples);
        output[0] = (byte)shift;
        var writer = new RunWriter(output[1..]);
        var sums = new Sums32();
        Span<int> window = stackalloc int[Window];
        window.Clear();
        for (int start = 0; start < samples.Length; start += FrameLayout.Samples * size)
        {
            int count = Math.Min((samples.Length - start) / size, FrameLayout.Samples);
            var frame = window[Differences32.History..];
            window[FrameLayout.Samples..].CopyTo(window);
            TLayout.Load(samples.Slice(start, count * size), frame[..count]);
            frame[count..].Fill(frame[count - 1]);
            sums.Add(frame, count);
            if (writer.Length + 1 < budget)
            {
                ShiftDown(frame, shift);
                EncodeFrame(window, count, ref writer);
            }
        }
        writer.Flush();
        summary = sums.Summary();
        return writer.Length + 1 < budget ? writer.Length + 1 : -1;
    }

    private static void EncodeFrame(scoped ReadOnlySpan<int> window, int count, ref RunWriter writer)
    {
        Span<uint> residuals = stackalloc uint[FrameLayout.Samples];
        int level = Mean(window[Differences32.History..]);
        int order = Differences32.ChooseOrder(window, level);
        uint union = Differences32.Residuals(window, order, level, residuals);
        if (order == 1 && union == 0)
        {
            writer.AddRepeating();
            return;
        }
        if (count < FrameLayout.Samples)
        {
            residuals[count..].Clear();
            union = Union(residuals);
        }
        int rows = FrameLayout.Rows(count);
        var choice = Residuals32Writer.Choose(residuals, union, rows);
        var output = writer.OpenFrame();
        new FrameHead(order, choice.Width, choice.Tail, choice.Parameter).Write(output);
        int at = FrameHead.SizeBytes;
        if (order == 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(output[at..], level);
            at += sizeof(int);
        }
        writer.CloseFrame(at + Residuals32Writer.Write(residuals, rows, choice, output[at..]));
    }

    /// <summary>The low bits that are zero in every sample. Costs one frame where there are none.</summary>
    private static int CommonShift<TLayout>(ReadOnlySpan<byte> samples)
        where TLayout : struct, IWideLayout
    {
        int frameBytes = FrameLayout.Samples * TLayout.Type.SizeBytes();
        Span<int> frame = stackalloc int[FrameLayout.Samples];
        uint union = 0;
        for (; !samples.IsEmpty; samples = samples[Math.Min(frameBytes, samples.Length)..])
        {
            var part = samples[..Math.Min(frameBytes, samples.Length)];
            var loaded = frame[..(part.Length / TLayout.Type.SizeBytes())];
            TLayout.Load(part, loaded);
            union |= Union(MemoryMarshal.Cast<int, uint>(loaded));
            if ((union & 1) != 0)
            {
                return 0;
            }
        }
        return BitOperations.TrailingZeroCount(union) & 31;
    }

    private static void ShiftDown(Span<int> frame, int shift)
    {
        if (shift == 0)
        {
            return;
        }
        foreach (ref var lanes in MemoryMarshal.Cast<int, Vector256<int>>(frame))
        {
            lanes >>= shift;
        }
    }

    private static int Mean(ReadOnlySpan<int> samples)
    {
        var sums = Vector256<long>.Zero;
        foreach (var lanes in MemoryMarshal.Cast<int, Vector256<int>>(samples))
        {
            var (low, high) = Vector256.Widen(lanes);
            sums += low + high;
        }
        return (int)(Vector256.Sum(sums) / samples.Length);
    }

    private static uint Union(ReadOnlySpan<uint> values)
    {
        uint union = 0;
        foreach (uint value in values)
        {
            union |= value;
        }
        return union;
    }
}
