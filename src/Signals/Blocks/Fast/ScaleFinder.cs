using System.Numerics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Finds the <see cref="Scale"/> of float samples that are scaled integers.
/// <para>
/// The scale is the greatest common divisor of the samples' differences, which Euclid finds about. Then each sample,
/// the smallest first, narrows the interval in which it can lie, since a sample v that is number n times the scale was
/// rounded by no more than half a step, until the interval holds hardly more than one double. Where the samples are too
/// fine for that, they may still be decimals of a text: powers of ten are tried.
/// </para>
/// </summary>
/// <remarks>
/// Looks at some samples only. What it finds is a guess, which the encoder holds against every sample.
/// </remarks>
internal static class ScaleFinder
{
    // Spread over the channel; enough that a divisor common to all by chance is not likely.
    private const int MaxProbes = 64;
    private const int MaxDecimals = 12;

    // Two scales next to each other differ in some samples of a hundred.
    private const int MaxTrials = 1024;

    // A right scale fits all probes but those that are no integers.
    private const double LeastShare = 0.9;

    // A number of n bits fits a mantissa of m by chance with probability 2^(n - m): a scale fine enough fits
    // everything, and says nothing. All probes together must make chance less likely than this power of two.
    private const int LeastEvidenceBits = 40;

    /// <summary>Finds a scale that fits nearly all samples looked at.</summary>
    public static bool TryFind<TLayout>(ReadOnlySpan<byte> samples, out Scale scale)
        where TLayout : struct, IFloatLayout
    {
        Span<double> room = stackalloc double[2 * MaxProbes];
        int found = Probe<TLayout>(samples, room[..MaxProbes]);
        if (TryFindStep<TLayout>(samples, room[..found], out scale, out int failures))
        {
            return true;
        }
        if (failures > 0)
        {
            // A few values can all be multiples of more than the step: what did not fit tells the difference.
            found += ProbeFailing<TLayout>(scale, samples, room[found..]);
            if (TryFindStep<TLayout>(samples, room[..Distinct(room[..found])], out scale, out _))
            {
                return true;
            }
        }
        var probes = room[..Probe<TLayout>(samples, room[..MaxProbes])];
        double factor = 1;
        for (int decimals = 0; decimals <= MaxDecimals; decimals++, factor *= 10)
        {
            scale = new(factor, Divides: true);
            if (Fits<TLayout>(scale, probes))
            {
                return true;
            }
        }
        scale = default;
        return false;
    }

    /// <summary>The step of which probes and samples are multiples; false where it does not fit all of them.</summary>
    /// <param name="samples">The channel.</param>
    /// <param name="probes">Some of its samples, ascending.</param>
    /// <param name="scale">The best there is; to be used only where some samples failed, or none.</param>
    /// <param name="failures">How many samples it does not fit; -1 where there is no step at all.</param>
    private static bool TryFindStep<TLayout>(
        ReadOnlySpan<byte> samples,
        ReadOnlySpan<double> probes,
        out Scale scale,
        out int failures
    )
        where TLayout : struct, IFloatLayout
    {
        double step = StepOf<TLayout>(probes);
        if (step > 0 && Narrow<TLayout>(probes, step) is { } interval)
        {
            scale = Choose<TLayout>(interval.Low, interval.High, samples, out failures);
            int trials = Math.Min(samples.Length / TLayout.Type.SizeBytes(), MaxTrials);
            return failures <= trials * (1 - LeastShare) / 4 && Fits<TLayout>(scale, probes);
        }
        scale = default;
        failures = -1;
        return false;
    }

    /// <summary>
    /// Samples that are no multiples of the scale, as <see cref="Probe"/> gives them but in any order.
    /// </summary>
    private static int ProbeFailing<TLayout>(Scale scale, ReadOnlySpan<byte> samples, Span<double> probes)
        where TLayout : struct, IFloatLayout
    {
        int count = Math.Min(samples.Length / TLayout.Type.SizeBytes(), MaxTrials);
        int found = 0;
        for (int i = 0; i < count && found < probes.Length; i++)
        {
            double value = Math.Abs(TLayout.Get(samples, i));
            if (double.IsFinite(value) && value > 0 && !IsMultiple<TLayout>(scale, value))
            {
                probes[found++] = value;
            }
        }
        return found;
    }

    /// <summary>
    /// Some finite samples other than zero, without sign, in ascending order, each once: the same again says nothing
    /// new.
    /// </summary>
    private static int Probe<TLayout>(ReadOnlySpan<byte> samples, Span<double> probes)
        where TLayout : struct, IFloatLayout
    {
        int count = samples.Length / TLayout.Type.SizeBytes();
        int found = 0;
        for (int i = 0; i < MaxProbes; i++)
        {
            int index = (int)((long)i * count / MaxProbes);
            double value = Math.Abs(TLayout.Get(samples, index));
            if (double.IsFinite(value) && value > 0)
            {
                probes[found++] = value;
            }
        }
        return Distinct(probes[..found]);
    }

    private static int Distinct(Span<double> values)
    {
        values.Sort();
        int kept = 0;
        foreach (double value in values)
        {
            if (kept == 0 || values[kept - 1] != value)
            {
                values[kept++] = value;
            }
        }
        return kept;
    }

    private static bool Fits<TLayout>(Scale scale, ReadOnlySpan<double> probes)
        where TLayout : struct, IFloatLayout
    {
        int failed = 0;
        int evidenceBits = 0;
        int allowed = (int)(probes.Length * (1 - LeastShare));
        foreach (double probe in probes)
        {
            double number = Math.Round(scale.Number(probe));
            if (number <= Scale.MaxNumber && Rounded<TLayout>(scale.Value(number)) == probe)
            {
                evidenceBits += Math.Max(0, TLayout.MantissaBits - BitOperations.Log2((uint)number));
            }
            else if (++failed > allowed)
            {
                return false;
            }
        }
        return evidenceBits >= LeastEvidenceBits;
    }

    private static double Rounded<TLayout>(double value)
        where TLayout : struct, IFloatLayout => TLayout.Type == SampleType.Float32 ? (float)value : value;

    /// <summary>The common divisor of the differences between neighbours, about; 0 where there is none.</summary>
    private static double StepOf<TLayout>(ReadOnlySpan<double> sorted)
        where TLayout : struct, IFloatLayout
    {
        if (sorted.IsEmpty)
        {
            return 0;
        }
        // Both ends of a difference were rounded, and the largest the most.
        double error = 2 * HalfStep<TLayout>(sorted[^1]);
        var step = new Inexact(sorted[0], error);
        for (int i = 1; i < sorted.Length && step.IsKnown; i++)
        {
            step = Divisor(step, new(sorted[i] - sorted[i - 1], error));
        }
        return step.IsKnown ? step.Value : 0;
    }

    /// <summary>Euclid's algorithm, where a remainder within its error is none.</summary>
    private static Inexact Divisor(Inexact a, Inexact b)
    {
        if (a.Value < b.Value)
        {
            (a, b) = (b, a);
        }
        while (b.IsKnown)
        {
            double quotient = Math.Round(a.Value / b.Value);
            var rest = new Inexact(Math.Abs(a.Value - (quotient * b.Value)), a.Error + (quotient * b.Error));
            if (rest.Value <= rest.Error)
            {
                // The larger number, divided, often says more exactly what the smaller one is.
                var divided = new Inexact(a.Value / quotient, a.Error / quotient);
                return divided.Error < b.Error ? divided : b;
            }
            (a, b) = (b, rest);
        }
        return b;
    }

    /// <summary>A number that is off by no more than its error.</summary>
    private readonly record struct Inexact(double Value, double Error)
    {
        public bool IsKnown => Value > 4 * Error;
    }

    /// <summary>The interval of scales of which each sorted probe is a multiple; null where there is none.</summary>
    private static (double Low, double High)? Narrow<TLayout>(ReadOnlySpan<double> sorted, double step)
        where TLayout : struct, IFloatLayout
    {
        double low = 0;
        double high = double.PositiveInfinity;
        int failed = 0;
        foreach (double probe in sorted)
        {
            double number = Math.Round(probe / step);
            double half = HalfStep<TLayout>(probe);
            double least = Math.Max(low, (probe - half) / number);
            double most = Math.Min(high, (probe + half) / number);
            if (number >= 1 && least <= most)
            {
                (low, high, step) = (least, most, least + ((most - least) / 2));
            }
            else if (++failed > sorted.Length * (1 - LeastShare))
            {
                return null;
            }
        }
        return high < double.PositiveInfinity ? (low, high) : null;
    }

    /// <summary>
    /// The scale in an interval that fits most samples: the one with the fewest decimals, which people choose; a float
    /// in it, which drivers compute with; one of the few doubles that are left; or one divided by an integer, such as
    /// volts by the codes of a converter.
    /// </summary>
    private static Scale Choose<TLayout>(double low, double high, ReadOnlySpan<byte> samples, out int fewest)
        where TLayout : struct, IFloatLayout
    {
        double middle = low + ((high - low) / 2);
        Span<Scale> candidates =
        [
            new(FewestDecimals(low, high), Divides: false),
            new((float)middle, Divides: false),
            new(MathF.BitIncrement((float)middle), Divides: false),
            new(MathF.BitDecrement((float)middle), Divides: false),
            new(Math.Round(1 / middle), Divides: true),
            new(middle, Divides: false),
            new(Math.BitIncrement(middle), Divides: false),
            new(Math.BitDecrement(middle), Divides: false),
            new(low, Divides: false),
            new(high, Divides: false),
        ];
        var best = candidates[0];
        fewest = int.MaxValue;
        foreach (var candidate in candidates)
        {
            bool usable = candidate.Factor > 0 && double.IsFinite(candidate.Factor);
            int failures = usable ? CountFailing<TLayout>(candidate, samples, fewest) : int.MaxValue;
            if (failures < fewest)
            {
                (best, fewest) = (candidate, failures);
            }
            if (fewest == 0)
            {
                break;
            }
        }
        return best;
    }

    /// <summary>How many of the first samples are no multiple of the scale; stops at a limit.</summary>
    private static int CountFailing<TLayout>(Scale scale, ReadOnlySpan<byte> samples, int limit)
        where TLayout : struct, IFloatLayout
    {
        int count = Math.Min(samples.Length / TLayout.Type.SizeBytes(), MaxTrials);
        int failures = 0;
        for (int i = 0; i < count && failures < limit; i++)
        {
            failures += IsMultiple<TLayout>(scale, TLayout.Get(samples, i)) ? 0 : 1;
        }
        return failures;
    }

    private static bool IsMultiple<TLayout>(Scale scale, double value)
        where TLayout : struct, IFloatLayout =>
        Rounded<TLayout>(scale.Value(Math.Round(scale.Number(value)))).Equals(value);

    private static double FewestDecimals(double low, double high)
    {
        double middle = low + ((high - low) / 2);
        int digits = 1 - (int)Math.Ceiling(Math.Log10(middle));
        for (int end = digits + 17; digits < end; digits++)
        {
            // Powers of ten to 22 are exact, so that the quotient is the double nearest to the decimal.
            if (digits is < 0 or > 22)
            {
                continue;
            }
            double power = Math.Pow(10, digits);
            double candidate = Math.Round(middle * power) / power;
            if (candidate >= low && candidate <= high)
            {
                return candidate;
            }
        }
        return middle;
    }

    /// <summary>The most by which rounding to a sample moves a number of this size.</summary>
    private static double HalfStep<TLayout>(double value)
        where TLayout : struct, IFloatLayout
    {
        int power = Math.Max(Math.ILogB(value) - TLayout.MantissaBits, TLayout.LeastPower);
        return Math.ScaleB(1, power) / 2;
    }
}
