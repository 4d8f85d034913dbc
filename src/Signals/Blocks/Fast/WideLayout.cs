using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>How samples that are worked on as int32 lie in memory.</summary>
internal interface IWideLayout
{
    static abstract SampleType Type { get; }

    /// <summary>Reads samples, sign extended.</summary>
    /// <param name="source">As many samples as <paramref name="samples"/> has places.</param>
    static abstract void Load(ReadOnlySpan<byte> source, Span<int> samples);

    /// <summary>Writes samples; bits above the layout's are dropped.</summary>
    /// <param name="target">Room for exactly so many samples.</param>
    static abstract void Store(ReadOnlySpan<int> samples, Span<byte> target);
}

/// <summary>Four bytes a sample: a copy.</summary>
internal readonly struct Int32Layout : IWideLayout
{
    public static SampleType Type => SampleType.Int32;

    public static void Load(ReadOnlySpan<byte> source, Span<int> samples) =>
        source.CopyTo(MemoryMarshal.AsBytes(samples));

    public static void Store(ReadOnlySpan<int> samples, Span<byte> target) =>
        MemoryMarshal.AsBytes(samples).CopyTo(target);
}

/// <summary>Three bytes a sample, four samples at a time by shuffling bytes.</summary>
internal readonly struct Int24Layout : IWideLayout
{
    private const int GroupBytes = 12;
    private const int GroupSamples = 4;

    public static SampleType Type => SampleType.Int24;

    public static void Load(ReadOnlySpan<byte> source, Span<int> samples)
    {
        // A group's vector reads four bytes beyond the group.
        for (; source.Length >= Vector128<byte>.Count && samples.Length >= GroupSamples; )
        {
            // Each sample goes to the upper three bytes of its lane (index 16 gives zero), whence its sign is shifted
            // down.
            var spread = Vector128.Shuffle(
                Vector128.Create(source[..Vector128<byte>.Count]),
                Vector128.Create((byte)16, 0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11)
            );
            (spread.AsInt32() >> 8).CopyTo(samples);
            source = source[GroupBytes..];
            samples = samples[GroupSamples..];
        }
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = source[3 * i] | (source[(3 * i) + 1] << 8) | ((sbyte)source[(3 * i) + 2] << 16);
        }
    }

    public static void Store(ReadOnlySpan<int> samples, Span<byte> target)
    {
        for (; target.Length >= Vector128<byte>.Count && samples.Length >= GroupSamples; )
        {
            var dense = Vector128.Shuffle(
                Vector128.Create(samples[..GroupSamples]).AsByte(),
                Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 16, 16, 16, 16)
            );
            // Writes four bytes beyond the group, which the next one writes again.
            dense.CopyTo(target);
            target = target[GroupBytes..];
            samples = samples[GroupSamples..];
        }
        for (int i = 0; i < samples.Length; i++)
        {
            target[3 * i] = (byte)samples[i];
            target[(3 * i) + 1] = (byte)(samples[i] >> 8);
            target[(3 * i) + 2] = (byte)(samples[i] >> 16);
        }
    }
}
