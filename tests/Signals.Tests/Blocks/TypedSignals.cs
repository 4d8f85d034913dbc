using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Tests.Blocks;

/// <summary>Seeded signals of every sample type, as little-endian bytes: usual ones and those made to hurt.</summary>
internal static class TypedSignals
{
    public static readonly SampleType[] Types = Enum.GetValues<SampleType>();

    public static readonly string[] Names =
    [
        "walk",
        "smooth",
        "noise",
        "bits",
        "extremes",
        "spikes",
        "silence with a click",
        "steps of 256",
        "rare events",
        "decimals",
        "odd scale",
        "not numbers",
        "denormals",
        "all exponents",
    ];

    public static byte[] Make(SampleType type, string name, int count, int seed)
    {
        var random = new Random(seed);
        int size = type.SizeBytes();
        byte[] samples = new byte[count * size];
        double level = 0;
        for (int i = 0; i < count; i++)
        {
            level += random.Next(-20, 21);
            Write(type, name, i, level, random, samples.AsSpan(i * size, size));
        }
        return samples;
    }

    private static void Write(SampleType type, string name, int i, double level, Random random, Span<byte> sample)
    {
        double largest = Math.Pow(2, (type.SizeBytes() * 8) - 1) - 1;
        double? value = name switch
        {
            "walk" => level,
            "smooth" => 9000 * Math.Sin(i / 200.0),
            "noise" => random.Next(short.MinValue, short.MaxValue + 1),
            "extremes" => i % 2 == 0 ? -largest - 1 : largest,
            "spikes" => random.Next(60) == 0 ? random.NextDouble() * largest : random.Next(-4, 5),
            "silence with a click" => i == 777 ? largest : -7,
            "steps of 256" => 256 * Math.Floor(level / 10),
            "rare events" => i / 900 % 2 == 0 ? 0 : 5,
            "decimals" => Math.Round(level) / 100,
            "odd scale" => level * 0.02235174f,
            "not numbers" => NotNumbers(random, level),
            "denormals" => type == SampleType.Float32 ? level * float.Epsilon : level * double.Epsilon,
            "all exponents" => Math.ScaleB(random.NextDouble() - 0.5, random.Next(-1100, 1030)),
            _ => null,
        };
        if (value is { } number)
        {
            Write(type, number, sample);
        }
        else
        {
            random.NextBytes(sample);
        }
    }

    private static double NotNumbers(Random random, double level) =>
        random.Next(40) switch
        {
            0 => BitConverter.UInt64BitsToDouble(0x7FF8_0000_0000_0000UL | (ulong)random.NextInt64(1L << 50)),
            1 => double.NegativeInfinity,
            2 => double.PositiveInfinity,
            3 => -0.0,
            4 => BitConverter.UInt64BitsToDouble(0xFFF0_0000_0000_0001UL),
            _ => level * 0.1,
        };

    private static void Write(SampleType type, double value, Span<byte> sample)
    {
        switch (type)
        {
            case SampleType.Float32:
                MemoryMarshal.Write(sample, (float)value);
                break;
            case SampleType.Float64:
                MemoryMarshal.Write(sample, value);
                break;
            default:
                // Saturates where the value is beyond the type, and NaN is 0; then cut to the bytes of the type.
                long whole = double.IsNaN(value) ? 0 : (long)Math.Clamp(value, int.MinValue, int.MaxValue);
                MemoryMarshal.AsBytes(new Span<long>(ref whole))[..sample.Length].CopyTo(sample);
                break;
        }
    }
}
