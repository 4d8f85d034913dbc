using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks;

/// <summary>Computes <see cref="ChannelSummary"/> from samples. Pure; no allocation.</summary>
public static class Summarizer
{
    // Sums stay in 32-bit lanes for this many vectors: four lanes of 2^12 * 2 * 2^15 add up to 2^30, below 2^31.
    private const int VectorsBetweenSumSpills = 1 << 12;

    public static ChannelSummary Summarize(ReadOnlySpan<short> samples)
    {
        if (samples.IsEmpty)
        {
            return default;
        }
        var vectors = MemoryMarshal.Cast<short, Vector128<short>>(samples);
        short min = samples[0];
        short max = samples[0];
        long sum = 0;
        long squares = 0;
        while (!vectors.IsEmpty)
        {
            var part = vectors[..Math.Min(vectors.Length, VectorsBetweenSumSpills)];
            AddVectors(part, ref min, ref max, ref sum, ref squares);
            vectors = vectors[part.Length..];
        }
        foreach (short sample in samples[(samples.Length / Vector128<short>.Count * Vector128<short>.Count)..])
        {
            min = Math.Min(min, sample);
            max = Math.Max(max, sample);
            sum += sample;
            squares += (long)sample * sample;
        }
        return new(samples.Length, min, max, sum, squares);
    }

    /// <summary>Summarises little-endian samples of any type.</summary>
    /// <param name="samples">A whole number of samples of <paramref name="type"/>.</param>
    public static ChannelSummary Summarize(SampleType type, ReadOnlySpan<byte> samples) =>
        type switch
        {
            SampleType.Int16 => Summarize(MemoryMarshal.Cast<byte, short>(samples)),
            _ => SummarizeScalar(type, samples),
        };

    private static void AddVectors(
        ReadOnlySpan<Vector128<short>> vectors,
        ref short min,
        ref short max,
        ref long sum,
        ref long squares
    )
    {
        var minimum = Vector128.Create(min);
        var maximum = Vector128.Create(max);
        var sums = Vector128<int>.Zero;
        var squareSums = Vector128<ulong>.Zero;
        foreach (var vector in vectors)
        {
            minimum = Vector128.Min(minimum, vector);
            maximum = Vector128.Max(maximum, vector);
            var (low, high) = Vector128.Widen(vector);
            sums += low + high;
            // Two squares are at most 2 * 2^30: one bit too many for int, so they are read as uint.
            var pairs = ((low * low) + (high * high)).AsUInt32();
            var (lowSquares, highSquares) = Vector128.Widen(pairs);
            squareSums += lowSquares + highSquares;
        }
        for (int lane = 0; lane < Vector128<short>.Count; lane++)
        {
            min = Math.Min(min, minimum[lane]);
            max = Math.Max(max, maximum[lane]);
        }
        sum += Vector128.Sum(sums);
        squares += (long)Vector128.Sum(squareSums);
    }

    private static ChannelSummary SummarizeScalar(SampleType type, ReadOnlySpan<byte> samples)
    {
        int size = type.SizeBytes();
        var summary = default(ChannelSummary);
        for (; samples.Length >= size; samples = samples[size..])
        {
            double value = ReadSample(type, samples);
            if (double.IsFinite(value))
            {
                summary = summary.Combine(new(1, value, value, value, value * value));
            }
        }
        return summary;
    }

    private static double ReadSample(SampleType type, ReadOnlySpan<byte> source) =>
        type switch
        {
            SampleType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(source),
            SampleType.Int24 => source[0] | (source[1] << 8) | ((sbyte)source[2] << 16),
            SampleType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(source),
            SampleType.Float32 => BinaryPrimitives.ReadSingleLittleEndian(source),
            SampleType.Float64 => BinaryPrimitives.ReadDoubleLittleEndian(source),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a sample type."),
        };
}
