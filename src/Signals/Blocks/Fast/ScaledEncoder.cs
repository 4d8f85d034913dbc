using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Writes floats that are integers times a scale as those integers; every sample is verified bit for bit.
/// </summary>
internal static class ScaledEncoder
{
    // With more exceptions than these the scale is not the channel's.
    private const int SamplesPerException = 16;

    /// <summary>Encodes one channel.</summary>
    /// <returns>Bytes written, or -1 where the samples are not scaled integers or become no shorter.</returns>
    public static int Encode<TLayout>(ReadOnlySpan<byte> samples, Span<byte> output)
        where TLayout : struct, IFloatLayout
    {
        int budget = samples.Length;
        if (budget <= ScaledDecoder.HeadBytes || !ScaleFinder.TryFind<TLayout>(samples, out var scale))
        {
            return -1;
        }
        int count = samples.Length / TLayout.Type.SizeBytes();
        int[] rented = ArrayPool<int>.Shared.Rent(count);
        try
        {
            var exceptions = new FloatExceptionWriter(output[ScaledDecoder.HeadBytes..budget]);
            if (!TryConvert<TLayout>(samples, scale, rented.AsSpan(0, count), ref exceptions))
            {
                return -1;
            }
            WriteHead(output, scale, exceptions.Count);
            int at = ScaledDecoder.HeadBytes + exceptions.Length;
            var numbers = MemoryMarshal.AsBytes(rented.AsSpan(0, count));
            int length = EscapedFrames32Encoder.Encode<Int32Layout>(numbers, budget - at, output[at..], out _);
            return length < 0 ? -1 : at + length;
        }
        finally
        {
            ArrayPool<int>.Shared.Return(rented);
        }
    }

    private static void WriteHead(Span<byte> output, Scale scale, int exceptions)
    {
        output[0] = scale.Divides ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteDoubleLittleEndian(output[1..], scale.Factor);
        BinaryPrimitives.WriteInt32LittleEndian(output[(1 + sizeof(double))..], exceptions);
    }

    private static bool TryConvert<TLayout>(
        ReadOnlySpan<byte> samples,
        Scale scale,
        Span<int> numbers,
        ref FloatExceptionWriter exceptions
    )
        where TLayout : struct, IFloatLayout
    {
        int size = TLayout.Type.SizeBytes();
        int allowed = (numbers.Length / SamplesPerException) + 1;
        int whole = numbers.Length & -Vector256<double>.Count;
        for (int i = 0; i < whole; i += Vector256<double>.Count)
        {
            uint fits = ConvertFour<TLayout>(samples, i, scale, numbers);
            for (int lane = 0; fits != 0xF && lane < Vector256<double>.Count; lane++)
            {
                if (((fits >> lane) & 1) == 0 && !TryExcept(samples, i + lane, size, numbers, ref exceptions))
                {
                    return false;
                }
            }
            if (exceptions.Count > allowed)
            {
                return false;
            }
        }
        Span<byte> one = stackalloc byte[sizeof(double)];
        for (int i = whole; i < numbers.Length; i++)
        {
            double number = Math.Round(scale.Number(TLayout.Get(samples, i)));
            // By way of the integer, so that -0 becomes 0 here as it will when it is read.
            TLayout.Put(one, 0, scale.Value((int)Math.Clamp(number, -Scale.MaxNumber, Scale.MaxNumber)));
            if (Math.Abs(number) <= Scale.MaxNumber && one[..size].SequenceEqual(samples.Slice(i * size, size)))
            {
                numbers[i] = (int)number;
            }
            else if (!TryExcept(samples, i, size, numbers, ref exceptions))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Four integers; returns a bit for each that gives its sample.</summary>
    private static uint ConvertFour<TLayout>(ReadOnlySpan<byte> samples, int index, Scale scale, Span<int> numbers)
        where TLayout : struct, IFloatLayout
    {
        var rounder = Vector256.Create(Scale.Rounder);
        var shifted = scale.Numbers(TLayout.GetFour(samples, index)) + rounder;
        var rounded = shifted - rounder;
        var inRange = Vector256.LessThanOrEqual(Vector256.Abs(rounded), Vector256.Create((double)Scale.MaxNumber));
        var bits = shifted.AsInt64();
        Vector128.Narrow(bits.GetLower(), bits.GetUpper()).CopyTo(numbers[index..]);
        return TLayout.EqualBits(samples, index, scale.Values(rounded)) & inRange.ExtractMostSignificantBits();
    }

    private static bool TryExcept(
        ReadOnlySpan<byte> samples,
        int index,
        int size,
        Span<int> numbers,
        ref FloatExceptionWriter exceptions
    )
    {
        numbers[index] = FloatExceptions.StandIn(numbers[..index]);
        return exceptions.TryAdd(index, samples.Slice(index * size, size));
    }
}
