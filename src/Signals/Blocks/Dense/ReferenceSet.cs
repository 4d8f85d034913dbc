using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>The channels from which one channel may be predicted, the most telling first.</summary>
internal readonly ref struct ReferenceSet
{
    private readonly ReadOnlySpan<short> planar;
    private readonly int samples;
    private readonly ReadOnlySpan<int> channels;

    /// <param name="planar">The numbers of all channels of the block.</param>
    /// <param name="samples">Samples of each.</param>
    /// <param name="channels">Which of them.</param>
    public ReferenceSet(ReadOnlySpan<short> planar, int samples, ReadOnlySpan<int> channels)
    {
        this.planar = planar;
        this.samples = samples;
        this.channels = channels;
    }

    public int Count => channels.Length;

    /// <summary>Index in the block.</summary>
    public int Channel(int reference) => channels[reference];

    /// <summary>For the filter that the decoder runs.</summary>
    public ReferenceNumbers Numbers(int reference) => new(MemoryMarshal.AsBytes(Samples(reference)), SampleType.Int16);

    public ReadOnlySpan<short> Samples(int reference) => planar.Slice(channels[reference] * samples, samples);

    /// <summary>
    /// What all references say about an instant: of each the samples around it, relative to its first sample.
    /// </summary>
    public void Describe(int at, int reach, Span<double> features)
    {
        for (int reference = 0; reference < channels.Length; reference++)
        {
            var known = Samples(reference);
            for (int tap = -reach; tap <= reach; tap++)
            {
                features[0] = known[Math.Clamp(at + tap, 0, samples - 1)] - known[0];
                features = features[1..];
            }
        }
    }
}
