namespace Dendrite.Signals.Tests.Blocks;

/// <summary>Seeded int16 signals of the kinds that matter to the codec.</summary>
internal static class SignalShapes
{
    public static readonly string[] Names =
    [
        "silence",
        "walk",
        "smooth",
        "noise",
        "steps",
        "spikes",
        "extremes",
        "offset",
    ];

    public static short[] Make(string shape, int count, int seed)
    {
        var random = new Random(seed);
        var samples = new short[count];
        int level = 0;
        for (int i = 0; i < count; i++)
        {
            level += random.Next(-20, 21);
            samples[i] = unchecked(
                (short)(
                    shape switch
                    {
                        "silence" => 7,
                        "walk" => level,
                        "smooth" => 20000 * Math.Sin(i / 200.0),
                        "noise" => random.Next(short.MinValue, short.MaxValue + 1),
                        "steps" => i / 50 % 2 == 0 ? -3000 : 12000,
                        "spikes" => random.Next(100) == 0 ? random.Next(-30000, 30000) : random.Next(-4, 5),
                        "extremes" => random.Next(2) == 0 ? short.MinValue : short.MaxValue,
                        _ => 31000 + random.Next(-30, 31),
                    }
                )
            );
        }
        return samples;
    }
}
