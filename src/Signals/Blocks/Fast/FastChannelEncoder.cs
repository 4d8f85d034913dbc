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
    /// <param name="encoding">The encoding taken.</param>
    /// <returns>Bytes written, at most those of the samples.</returns>
    public static int Encode(
        SampleType type,
        ReadOnlySpan<byte> samples,
        Span<byte> output,
        out ChannelEncoding encoding
    )
    {
        int size = type.SizeBytes();
        // All samples are equal exactly when the channel equals itself shifted by one sample.
        if (samples[size..].SequenceEqual(samples[..^size]))
        {
            encoding = ChannelEncoding.Constant;
            samples[..size].CopyTo(output);
            return size;
        }
        if (type == SampleType.Int16)
        {
            int length = FrameEncoder.Encode(MemoryMarshal.Cast<byte, short>(samples), output, samples.Length);
            if (length > 0)
            {
                encoding = ChannelEncoding.Frames16;
                return length;
            }
        }
        encoding = ChannelEncoding.Raw;
        samples.CopyTo(output);
        return samples.Length;
    }
}
