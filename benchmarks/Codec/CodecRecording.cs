using Dendrite.Signals.Blocks;

namespace Dendrite.Benchmarks.Codec;

/// <summary>Samples of one type at one rate, as a file has them.</summary>
/// <param name="Name">Folder, file, and what tells the stream from others of the file.</param>
/// <param name="Type">Of every sample.</param>
/// <param name="ChannelCount">Number of channels.</param>
/// <param name="Planar">All of the first channel, then all of the second, little-endian.</param>
internal sealed record CodecRecording(string Name, SampleType Type, int ChannelCount, ReadOnlyMemory<byte> Planar)
{
    // Patterns and random numbers that repeat exactly or not at all, as no electrode's do.
    private static readonly string[] Generated = ["generator_", "uneven_sample_rates", "clock_resets", "minimal"];

    /// <summary>Of each channel.</summary>
    public int SampleCount => Planar.Length / Type.SizeBytes() / ChannelCount;

    public long TotalSamples => Planar.Length / Type.SizeBytes();

    /// <summary>A recording of someone or something; others are shown, but say nothing about a codec's use.</summary>
    public bool IsReal => !Generated.Any(part => Name.Contains(part, StringComparison.Ordinal));

    /// <summary>One channel's samples.</summary>
    public ReadOnlyMemory<byte> Channel(int channel)
    {
        int bytes = SampleCount * Type.SizeBytes();
        return Planar.Slice(channel * bytes, bytes);
    }

    /// <summary>A run of samples of all channels, planar.</summary>
    public byte[] Slice(int first, int count)
    {
        int size = Type.SizeBytes();
        byte[] planar = new byte[ChannelCount * count * size];
        for (int channel = 0; channel < ChannelCount; channel++)
        {
            Channel(channel).Span.Slice(first * size, count * size).CopyTo(planar.AsSpan(channel * count * size));
        }
        return planar;
    }
}
