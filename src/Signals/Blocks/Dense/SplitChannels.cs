using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// The channels of a block of int24 or int32 as differences that fit 16 bits, with what has to be said besides.
/// Reusable; not thread-safe.
/// </summary>
internal sealed class SplitChannels
{
    // Each jump takes some three bytes: where they are this many, the fast effort is smaller.
    private const int SamplesOfJump = 8;

    private readonly List<byte> heads = [];
    private readonly List<Jump> jumps = [];
    private readonly List<(int End, bool IsTooRough)> channels = [];
    private short[] numbers = [];

    /// <summary>Before a block whose samples stand for themselves.</summary>
    public void Clear()
    {
        heads.Clear();
        channels.Clear();
    }

    /// <summary>Splits a block, after <see cref="Clear"/>.</summary>
    /// <returns>The numbers of its channels, planar.</returns>
    public ReadOnlySpan<short> Split(SampleType type, ReadOnlySpan<byte> planar, int channelCount)
    {
        int count = planar.Length / type.SizeBytes();
        numbers = numbers.Length < count ? new short[count] : numbers;
        int samples = count / channelCount;
        for (int channel = 0; channel < channelCount; channel++)
        {
            jumps.Clear();
            int bytes = samples * type.SizeBytes();
            var own = numbers.AsSpan(channel * samples, samples);
            int first = RunningSum.Split(type, planar.Slice(channel * bytes, bytes), own, jumps);
            bool isTooRough = jumps.Count > samples / SamplesOfJump;
            if (!isTooRough)
            {
                DenseLayout.WriteFirstSample(first, heads);
                JumpReader.Write(jumps, heads);
            }
            channels.Add((heads.Count, isTooRough));
        }
        return numbers.AsSpan(0, count);
    }

    /// <summary>What comes before a channel's dense payload; empty for int16.</summary>
    public ReadOnlySpan<byte> Head(int channel)
    {
        if (channels.Count == 0)
        {
            return default;
        }
        int start = channel == 0 ? 0 : channels[channel - 1].End;
        return CollectionsMarshal.AsSpan(heads)[start..channels[channel].End];
    }

    /// <summary>Whether the channel jumps so often that nothing is to be gained.</summary>
    public bool IsTooRough(int channel) => channels.Count > 0 && channels[channel].IsTooRough;
}
