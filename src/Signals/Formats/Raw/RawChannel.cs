using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Raw;

/// <summary>Where a channel stands in a piece, and in a raw file.</summary>
/// <param name="Label">Its label.</param>
/// <param name="Type">Of its samples.</param>
/// <param name="Group">Index of its group in a piece.</param>
/// <param name="Place">Its place in the group.</param>
/// <param name="Offset">Of its first sample, in bytes from the start of the file.</param>
internal sealed record RawChannel(string Label, SampleType Type, int Group, int Place, long Offset)
{
    public int SampleBytes => Type.SizeBytes();

    public static IReadOnlyList<RawChannel> Of(RecordedStream stream, RawLayout layout)
    {
        int[] groups = [.. stream.Channels.Select(channel => channel.Group).Distinct().Order()];
        int[] places = new int[groups.Length];
        var channels = new List<RawChannel>();
        long offset = 0;
        foreach (var channel in stream.Channels)
        {
            int group = Array.IndexOf(groups, channel.Group);
            channels.Add(new(channel.Label, channel.SampleType, group, places[group]++, offset));
            offset += channel.SampleType.SizeBytes() * (layout == RawLayout.Planar ? stream.SampleCount : 1);
        }
        return channels;
    }

    /// <summary>What stands for so many missing samples.</summary>
    public ReadOnlyMemory<byte> Nothing(int count)
    {
        byte[] samples = new byte[count * SampleBytes];
        for (int at = 0; at < samples.Length; at += SampleBytes)
        {
            if (Type == SampleType.Float32)
            {
                BinaryPrimitives.WriteSingleLittleEndian(samples.AsSpan(at), float.NaN);
            }
            else if (Type == SampleType.Float64)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(samples.AsSpan(at), double.NaN);
            }
        }
        return samples;
    }
}
