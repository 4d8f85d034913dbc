using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks.Fast;

namespace Dendrite.Signals.Blocks;

/// <summary>
/// Computes <see cref="ChannelSummary"/> from samples, to the last bit as the encoder does on its way. Pure; no
/// allocation.
/// </summary>
public static class Summarizer
{
    public static ChannelSummary Summarize(ReadOnlySpan<short> samples)
    {
        if (samples.IsEmpty)
        {
            return default;
        }
        int count = samples.Length;
        var sums = new Sums16(samples[0]);
        for (; samples.Length >= FrameLayout.Samples; samples = samples[FrameLayout.Samples..])
        {
            sums.Add(samples, FrameLayout.Samples);
        }
        if (!samples.IsEmpty)
        {
            Span<short> last = stackalloc short[FrameLayout.Samples];
            samples.CopyTo(last);
            last[samples.Length..].Fill(samples[0]);
            sums.Add(last, samples.Length);
        }
        return sums.Summary(count);
    }

    /// <summary>Summarises little-endian samples of any type.</summary>
    /// <param name="samples">A whole number of samples of <paramref name="type"/>.</param>
    public static ChannelSummary Summarize(SampleType type, ReadOnlySpan<byte> samples)
    {
        if (samples.IsEmpty)
        {
            return default;
        }
        switch (type)
        {
            case SampleType.Int16:
                return Summarize(MemoryMarshal.Cast<byte, short>(samples));
            case SampleType.Int24:
                return SummarizeWide<Int24Layout>(samples);
            case SampleType.Int32:
                return SummarizeWide<Int32Layout>(samples);
            default:
                return SummarizeFloats(type, samples);
        }
    }

    /// <summary>The summary of equal samples, as the encoder gives it for a constant channel.</summary>
    /// <param name="type">Of the sample.</param>
    /// <param name="sample">The one sample, little-endian.</param>
    /// <param name="count">How many there are of it.</param>
    public static ChannelSummary SummarizeConstant(SampleType type, ReadOnlySpan<byte> sample, int count)
    {
        double value = ReadSample(type, sample);
        return double.IsFinite(value) ? new(count, value, value, value * count, value * value * count) : default;
    }

    private static ChannelSummary SummarizeWide<TLayout>(ReadOnlySpan<byte> samples)
        where TLayout : struct, IWideLayout
    {
        int size = TLayout.Type.SizeBytes();
        var sums = new Sums32();
        Span<int> frame = stackalloc int[FrameLayout.Samples];
        while (!samples.IsEmpty)
        {
            int count = Math.Min(samples.Length / size, FrameLayout.Samples);
            TLayout.Load(samples[..(count * size)], frame[..count]);
            frame[count..].Fill(frame[count - 1]);
            sums.Add(frame, count);
            samples = samples[(count * size)..];
        }
        return sums.Summary();
    }

    private static ChannelSummary SummarizeFloats(SampleType type, ReadOnlySpan<byte> samples)
    {
        var sums = new SumsOfFloats();
        if (type == SampleType.Float32)
        {
            sums.Add(MemoryMarshal.Cast<byte, float>(samples));
        }
        else
        {
            sums.Add(MemoryMarshal.Cast<byte, double>(samples));
        }
        return sums.Summary();
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
