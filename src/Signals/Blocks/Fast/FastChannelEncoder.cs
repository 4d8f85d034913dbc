using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>Chooses among the encodings of the fast effort, channel by channel.</summary>
internal static class FastChannelEncoder
{
    /// <summary>
    /// How far a channel may be written beyond its raw size before that is noticed and it is stored raw.
    /// </summary>
    public const int SpareBytes = FrameLayout.MaxBytes;

    /// <summary>Encodes one channel.</summary>
    /// <param name="type">Of the samples.</param>
    /// <param name="samples">At least one sample, little-endian.</param>
    /// <param name="output">Room for the samples as they are and <see cref="SpareBytes"/>.</param>
    /// <param name="summary">The channel's summary.</param>
    /// <returns>The encoding taken, and bytes written, at most those of the samples.</returns>
    public static (ChannelEncoding Encoding, int Length) Encode(
        SampleType type,
        ReadOnlySpan<byte> samples,
        Span<byte> output,
        out ChannelSummary summary
    )
    {
        int size = type.SizeBytes();
        // All samples are equal exactly when the channel equals itself shifted by one sample.
        if (samples[size..].SequenceEqual(samples[..^size]))
        {
            summary = Summarizer.SummarizeConstant(type, samples[..size], samples.Length / size);
            samples[..size].CopyTo(output);
            return (ChannelEncoding.Constant, size);
        }
        var (encoding, length) = EncodeVarying(type, samples, output, out summary);
        if (length >= 0)
        {
            return (encoding, length);
        }
        samples.CopyTo(output);
        return (ChannelEncoding.Raw, samples.Length);
    }

    /// <summary>By the encoding for the type; a length of -1 where that does not make the channel smaller.</summary>
    private static (ChannelEncoding Encoding, int Length) EncodeVarying(
        SampleType type,
        ReadOnlySpan<byte> samples,
        Span<byte> output,
        out ChannelSummary summary
    )
    {
        switch (type)
        {
            case SampleType.Int16:
                var shorts = MemoryMarshal.Cast<byte, short>(samples);
                return (ChannelEncoding.Escaped16, EscapedFrames16Encoder.Encode(shorts, output, out summary));
            case SampleType.Int24:
                return (
                    ChannelEncoding.Escaped32,
                    EscapedFrames32Encoder.Encode<Int24Layout>(samples, samples.Length, output, out summary)
                );
            case SampleType.Int32:
                return (
                    ChannelEncoding.Escaped32,
                    EscapedFrames32Encoder.Encode<Int32Layout>(samples, samples.Length, output, out summary)
                );
            case SampleType.Float32:
                summary = Summarizer.Summarize(type, samples);
                return EncodeFloats<Float32Layout>(samples, output);
            default:
                summary = Summarizer.Summarize(type, samples);
                return EncodeFloats<Float64Layout>(samples, output);
        }
    }

    private static (ChannelEncoding Encoding, int Length) EncodeFloats<TLayout>(
        ReadOnlySpan<byte> samples,
        Span<byte> output
    )
        where TLayout : struct, IFloatLayout
    {
        int length = ScaledEncoder.Encode<TLayout>(samples, output);
        return length >= 0
            ? (ChannelEncoding.Scaled, length)
            : (ChannelEncoding.Split, SplitEncoder.Encode<TLayout>(samples, output));
    }
}
