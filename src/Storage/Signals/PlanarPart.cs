using System.Security.Cryptography;
using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>A run of samples of all channels, within the planar samples of a longer block.</summary>
internal static class PlanarPart
{
    /// <summary>SHA-256 of the part as it would be planar by itself: what a block's row keeps of its samples.</summary>
    /// <param name="planar">All samples of the longer block.</param>
    /// <param name="header">Of the longer block.</param>
    /// <param name="part">Counted from its first sample.</param>
    public static byte[] Digest(ReadOnlySpan<byte> planar, BlockHeader header, SampleRange part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sampleBytes = header.SampleType.SizeBytes();
        for (var channel = 0; channel < header.ChannelCount; channel++)
        {
            var start = (channel * header.ChannelBytes) + ((int)part.Start * sampleBytes);
            hash.AppendData(planar.Slice(start, (int)part.Count * sampleBytes));
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Puts the samples of a shorter block in their place within those of a longer one.</summary>
    /// <param name="part">Planar samples of the shorter block.</param>
    /// <param name="channels">Of both.</param>
    /// <param name="planar">Takes them.</param>
    /// <param name="offsetBytes">Where in each channel they begin.</param>
    public static void Place(ReadOnlySpan<byte> part, int channels, Span<byte> planar, int offsetBytes)
    {
        var (from, to) = (part.Length / channels, planar.Length / channels);
        for (var channel = 0; channel < channels; channel++)
        {
            part.Slice(channel * from, from).CopyTo(planar[((channel * to) + offsetBytes)..]);
        }
    }
}
