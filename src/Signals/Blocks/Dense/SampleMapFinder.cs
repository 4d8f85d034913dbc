using System.Numerics;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Finds what samples are numbers of: points of a lattice, or numbers that overflowed. Never wrong, only ever not
/// found: what is returned gives exactly the samples back.
/// </summary>
internal static class SampleMapFinder
{
    // Fewer samples do not pay for the map's own bytes.
    private const int LeastSamples = 64;

    // Wrapping is undone where that makes the signal smoother by this factor.
    private const double LeastSmoothing = 0.95;

    /// <summary>The map of a channel.</summary>
    /// <param name="samples">Of the channel.</param>
    /// <param name="numbers">What the map makes the samples of; null where they stand for themselves.</param>
    public static SampleMap Find(ReadOnlySpan<short> samples, out short[]? numbers)
    {
        numbers = null;
        if (samples.Length < LeastSamples)
        {
            return default;
        }
        int[] values = Distinct(samples);
        if (Lattice.Find(values) is { } lattice)
        {
            numbers = lattice.Numbers(samples, values);
            return lattice.Map;
        }
        return FindWrapped(samples, out numbers);
    }

    private static int[] Distinct(ReadOnlySpan<short> samples)
    {
        bool[] seen = new bool[1 << 16];
        foreach (short sample in samples)
        {
            seen[sample - short.MinValue] = true;
        }
        return [.. Enumerable.Range(0, seen.Length).Where(i => seen[i]).Select(i => i + short.MinValue)];
    }

    private static SampleMap FindWrapped(ReadOnlySpan<short> samples, out short[]? numbers)
    {
        numbers = null;
        int bits = 1;
        foreach (short sample in samples)
        {
            bits = Math.Max(bits, 33 - BitOperations.LeadingZeroCount((uint)(sample ^ (sample >> 15))));
        }
        if (bits > 15)
        {
            return default;
        }
        short[] unwrapped = Unwrap(samples, bits);
        if (Roughness(unwrapped) >= LeastSmoothing * Roughness(samples))
        {
            return default;
        }
        numbers = unwrapped;
        return new(SampleMapKind.Wrapped, Bits: bits);
    }

    /// <summary>Goes on each time with the number nearest to the straight line through the last two.</summary>
    private static short[] Unwrap(ReadOnlySpan<short> samples, int bits)
    {
        short[] numbers = new short[samples.Length];
        int half = 1 << (bits - 1);
        int last = samples[0];
        int slope = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            int expected = last + slope;
            int number = samples[i] + ((expected - samples[i] + half) >> bits << bits);
            slope = Math.Clamp(number - last, -half, half);
            last = number;
            numbers[i] = unchecked((short)number);
        }
        return numbers;
    }

    private static double Roughness(ReadOnlySpan<short> numbers)
    {
        double sum = 1;
        for (int i = 2; i < numbers.Length; i++)
        {
            sum += Math.Abs(numbers[i] - (2 * numbers[i - 1]) + numbers[i - 2]);
        }
        return sum;
    }
}
