using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Writes floats in two parts, see <see cref="SplitFloat"/>.</summary>
internal static class SplitEncoder
{
    // So few samples may be larger than the integers reach: a spike must not coarsen the unit of all others.
    private const int SamplesPerOutlier = 256;

    // A sign and eleven bits of exponent.
    private const int ExponentValues = 2048;

    /// <summary>Encodes one channel.</summary>
    /// <returns>Bytes written, or -1 where the samples become no shorter.</returns>
    public static int Encode<TLayout>(ReadOnlySpan<byte> samples, Span<byte> output)
        where TLayout : struct, IFloatLayout
    {
        if (samples.Length <= SplitDecoder.HeadBytes)
        {
            return -1;
        }
        int count = samples.Length / TLayout.Type.SizeBytes();
        int[] rented = ArrayPool<int>.Shared.Rent(count);
        try
        {
            return Encode<TLayout>(samples, rented.AsSpan(0, count), output);
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static int Encode<TLayout>(ReadOnlySpan<byte> samples, Span<int> integers, Span<byte> output)
        where TLayout : struct, IFloatLayout
    {
        int budget = samples.Length;
        int unitPower = ChooseUnit<TLayout>(samples);
        var split = new SplitFloat(unitPower, TLayout.MantissaBits, TLayout.LeastPower);
        var exceptions = new FloatExceptionWriter(output[SplitDecoder.HeadBytes..budget]);
        if (!TryCut<TLayout>(samples, split, integers, ref exceptions))
        {
            return -1;
        }
        int at = SplitDecoder.HeadBytes + exceptions.Length;
        var numbers = MemoryMarshal.AsBytes(integers);
        int frameBytes = EscapedFrames32Encoder.Encode<Int32Layout>(numbers, budget - at, output[at..], out _);
        if (frameBytes < 0)
        {
            return -1;
        }
        BinaryPrimitives.WriteInt16LittleEndian(output, (short)unitPower);
        BinaryPrimitives.WriteInt32LittleEndian(output[sizeof(short)..], exceptions.Count);
        BinaryPrimitives.WriteInt32LittleEndian(output[(sizeof(short) + sizeof(int))..], frameBytes);
        at += frameBytes;
        int belowBytes = WriteBelow<TLayout>(samples, split, integers, budget - at, output[at..]);
        return belowBytes < 0 ? -1 : at + belowBytes;
    }

    /// <summary>The unit at which the largest samples, but for a few, have as many bits as the integers.</summary>
    private static int ChooseUnit<TLayout>(ReadOnlySpan<byte> samples)
        where TLayout : struct, IFloatLayout
    {
        Span<int> counts = stackalloc int[ExponentValues];
        counts.Clear();
        int count = samples.Length / TLayout.Type.SizeBytes();
        for (int i = 0; i < count; i++)
        {
            ulong bits = BitConverter.DoubleToUInt64Bits(TLayout.Get(samples, i));
            counts[(int)(bits >> 52) & (ExponentValues - 1)]++;
        }
        // The topmost exponent is that of infinities and NaN.
        int exponent = ExponentValues - 2;
        for (int larger = counts[exponent]; exponent > 0 && larger <= count / SamplesPerOutlier; )
        {
            exponent--;
            larger += counts[exponent];
        }
        int integerBits = Math.Min(TLayout.MantissaBits + 1, SplitFloat.MaxIntegerBits);
        return Math.Max(exponent - 1023 - integerBits + 1, TLayout.LeastPower);
    }

    private static bool TryCut<TLayout>(
        ReadOnlySpan<byte> samples,
        SplitFloat split,
        Span<int> integers,
        ref FloatExceptionWriter exceptions
    )
        where TLayout : struct, IFloatLayout
    {
        int size = TLayout.Type.SizeBytes();
        for (int i = 0; i < integers.Length; i++)
        {
            if (split.TryCut(TLayout.Get(samples, i), out integers[i], out _))
            {
                continue;
            }
            integers[i] = FloatExceptions.StandIn(integers[..i]);
            if (!exceptions.TryAdd(i, samples.Slice(i * size, size)))
            {
                return false;
            }
        }
        return true;
    }

    private static int WriteBelow<TLayout>(
        ReadOnlySpan<byte> samples,
        SplitFloat split,
        ReadOnlySpan<int> integers,
        int budget,
        Span<byte> output
    )
        where TLayout : struct, IFloatLayout
    {
        var writer = new BitWriter(output);
        for (int i = 0; i < integers.Length; i++)
        {
            // An exception's bits are anything.
            split.TryCut(TLayout.Get(samples, i), out _, out ulong below);
            int width = split.BitsBelow((uint)Math.Abs(integers[i]));
            writer.Write(below & ((1UL << width) - 1), width);
            if (writer.Length >= budget)
            {
                return -1;
            }
        }
        return writer.Length;
    }
}
