namespace Dendrite.Signals.Tests.Blocks.Dense;

/// <summary>
/// Seeded recordings of several channels, each kind of which exercises a part of the dense encodings.
/// </summary>
internal static class DenseSignals
{
    public static readonly string[] Names =
    [
        .. SignalShapes.Names,
        "resonance",
        "lattice",
        "fine lattice",
        "trigger",
        "wrapped",
        "half off",
        "bursts",
    ];

    /// <summary>Planar samples; neighbouring channels share most of their signal.</summary>
    public static short[] Make(string kind, int channels, int count, int seed)
    {
        var planar = new short[channels * count];
        var shared = Channel(kind, count, seed);
        for (int channel = 0; channel < channels; channel++)
        {
            var random = new Random(seed + (17 * channel));
            var own = Channel(kind, count, seed + 1 + channel);
            for (int i = 0; i < count; i++)
            {
                int noise = kind is "silence" or "lattice" or "fine lattice" or "trigger" ? 0 : random.Next(-2, 3);
                planar[(channel * count) + i] = unchecked((short)(channel % 3 == 2 ? own[i] : shared[i] + noise));
            }
        }
        return planar;
    }

    private static short[] Channel(string kind, int count, int seed)
    {
        if (SignalShapes.Names.Contains(kind))
        {
            return SignalShapes.Make(kind, count, seed);
        }
        var random = new Random(seed);
        double level = 0;
        double slope = 0;
        var samples = new short[count];
        for (int i = 0; i < count; i++)
        {
            // A damped resonance driven by noise, which is what a rhythm of the brain looks like.
            slope = (0.97 * slope) - (0.02 * level) + (30 * (random.NextDouble() - 0.5));
            level += slope;
            samples[i] = unchecked((short)Math.Floor(Shape(kind, i, level, random)));
        }
        return samples;
    }

    private static double Shape(string kind, int i, double level, Random random) =>
        kind switch
        {
            "lattice" => (Math.Round(level) * 40.959375) + 0.3,
            "fine lattice" => (Math.Round(level) * 1.4837) + 20_000.7,
            "trigger" => i / 40 % 7 == 3 ? 32767 : -32768,
            "wrapped" => ((((long)(12 * level) + (11 * i)) & 4095) ^ 2048) - 2048,
            "half off" => i / 300 % 2 == 0 ? level : -24166,
            "bursts" => level + (i / 100 % 5 == 0 ? 2000 * (random.NextDouble() - 0.5) : 0),
            _ => level,
        };
}
