using System.Numerics;
using System.Runtime.InteropServices;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Chooses which channels before a channel tell most about it: orthogonal matching pursuit on what is new in each
/// sample (the residual of a short prediction), so that two neighbours that say the same are not both taken for it.
/// Works within one group of channels at a time. Reusable; not thread-safe.
/// </summary>
internal sealed class ReferenceChoice
{
    // Runs of samples looked at, spread over the block.
    private const int MaxSamples = 4096;
    private const int Runs = 8;

    // Less than this part of the energy explained is not worth a reference.
    private const double LeastGain = 0.004;

    private readonly List<float[]> news = [];
    private readonly List<float[]> taken = [];
    private readonly int[] channels = new int[PredictorFit.MaxReferences];

    /// <summary>Starts a group of channels.</summary>
    public void Begin() => news.Clear();

    /// <summary>The channels that tell most about the next one, among those added to the group before it.</summary>
    /// <param name="samples">Of the next channel; it is added to the group.</param>
    /// <param name="first">Index in the block of the group's first channel.</param>
    public ReadOnlySpan<int> Next(ReadOnlySpan<short> samples, int first)
    {
        float[] own = News(samples);
        float[] left = [.. own];
        taken.Clear();
        double energy = Dot(left, left);
        int count = 0;
        while (count < PredictorFit.MaxReferences && news.Count > count)
        {
            int best = Best(left, out double gain);
            if (best < 0 || gain < LeastGain * energy)
            {
                break;
            }
            channels[count++] = first + best;
            energy -= Remove(news[best], left);
        }
        news.Add(own);
        return channels.AsSpan(0, count);
    }

    private int Best(float[] left, out double gain)
    {
        int best = -1;
        gain = 0;
        for (int i = 0; i < news.Count; i++)
        {
            double product = Dot(left, news[i]);
            if (product * product > gain)
            {
                (best, gain) = (i, product * product);
            }
        }
        return best;
    }

    /// <summary>
    /// Removes from the target what a reference says beyond those taken before it; returns the energy.
    /// </summary>
    private double Remove(float[] reference, float[] left)
    {
        float[] fresh = [.. reference];
        foreach (float[] other in taken)
        {
            Subtract(fresh, other, Dot(fresh, other));
        }
        Normalize(fresh);
        taken.Add(fresh);
        double product = Dot(left, fresh);
        Subtract(left, fresh, product);
        return product * product;
    }

    /// <summary>The residuals of a short prediction, of length 1 together.</summary>
    private static float[] News(ReadOnlySpan<short> samples)
    {
        int count = Math.Min(samples.Length, MaxSamples);
        float[] residuals = new float[count];
        int runs = count < samples.Length ? Runs : 1;
        int length = count / runs;
        for (int run = 0; run < runs; run++)
        {
            int start = (int)((long)run * samples.Length / runs);
            for (int i = 2; i < length; i++)
            {
                var (x, x1, x2) = (samples[start + i], samples[start + i - 1], samples[start + i - 2]);
                residuals[(run * length) + i] = x - (2 * x1) + x2;
            }
        }
        Normalize(residuals);
        return residuals;
    }

    private static void Normalize(float[] values)
    {
        float scale = (float)(1 / Math.Sqrt(Dot(values, values) + 1e-12));
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= scale;
        }
    }

    private static void Subtract(float[] from, float[] other, double factor)
    {
        var factors = new Vector<float>((float)factor);
        var target = MemoryMarshal.Cast<float, Vector<float>>(from.AsSpan());
        var source = MemoryMarshal.Cast<float, Vector<float>>(other);
        for (int i = 0; i < target.Length; i++)
        {
            target[i] -= factors * source[i];
        }
    }

    private static double Dot(float[] a, float[] b)
    {
        var left = MemoryMarshal.Cast<float, Vector<float>>(a);
        var right = MemoryMarshal.Cast<float, Vector<float>>(b);
        var sum = Vector<float>.Zero;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }
        return Vector.Sum(sum);
    }
}
