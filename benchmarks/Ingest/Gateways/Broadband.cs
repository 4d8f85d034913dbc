namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// Extracellular recordings of electrodes in cortex, as a 16-bit amplifier with 0.195 µV a step delivers them at 30
/// kHz: what an electrode and its amplifier add by themselves (white, 5.5 µV), slow field potentials that neighbours
/// share, spikes of 60 to 150 µV some ten times a second.
/// </summary>
/// <remarks>
/// White noise is what cannot be compressed: by 28 steps of it a sample carries 6.9 bits, whatever the encoding. With
/// the steps of 2.3 µV that some probes have it would be half.
/// </remarks>
internal sealed class Broadband(int channels, int seed)
{
    private const double MicrovoltsPerStep = 0.195;
    private const double WhiteMicrovolts = 5.5;
    private const double FieldMicrovolts = 60;
    private const double SpikesPerSample = 10.0 / 30_000;
    private const int SpikeSamples = 30;

    // A pole at 20 Hz of 30 kHz: field potentials fall off above.
    private const double FieldMemory = 0.9958;
    private readonly Random random = new(seed);
    private readonly double[] fields = new double[channels];
    private readonly (int Left, double Microvolts)[] spikes = new (int, double)[channels];
    private double shared;

    /// <summary>Makes the next samples.</summary>
    /// <param name="planar">All of channel 0, then all of channel 1, ...</param>
    public void Read(Span<short> planar)
    {
        var count = planar.Length / channels;
        for (var i = 0; i < count; i++)
        {
            shared = Wander(shared);
            for (var channel = 0; channel < channels; channel++)
            {
                fields[channel] = Wander(fields[channel]);
                var microvolts =
                    (0.8 * shared) + (0.6 * fields[channel]) + (WhiteMicrovolts * NextNormal()) + NextSpike(channel);
                planar[(channel * count) + i] = (short)
                    Math.Clamp(Math.Round(microvolts / MicrovoltsPerStep), short.MinValue, short.MaxValue);
            }
        }
    }

    private double Wander(double value) =>
        (FieldMemory * value) + (FieldMicrovolts * Math.Sqrt(1 - (FieldMemory * FieldMemory)) * NextNormal());

    /// <summary>A spike falls in a third of a millisecond and comes back in the rest of one.</summary>
    private double NextSpike(int channel)
    {
        ref var spike = ref spikes[channel];
        if (spike.Left == 0)
        {
            if (random.NextDouble() < SpikesPerSample)
            {
                spike = (SpikeSamples, 60 + (90 * random.NextDouble()));
            }

            return 0;
        }

        var at = 1 - ((double)--spike.Left / SpikeSamples);
        return -spike.Microvolts * Math.Sin(Math.PI * Math.Sqrt(at));
    }

    /// <summary>Nearly normal: the sum of four uniforms, with mean 0 and variance 1.</summary>
    private double NextNormal()
    {
        var bits = random.NextInt64();
        var sum = (bits & 0x7FFF) + ((bits >> 15) & 0x7FFF) + ((bits >> 30) & 0x7FFF) + ((bits >> 45) & 0x7FFF);
        return ((sum / 32768.0) - 2) * 1.7320508;
    }
}
