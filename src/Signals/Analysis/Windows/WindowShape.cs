using System.Numerics;

namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// Takes in one window of one channel, sample by sample as they come, and says its shape (<see cref="ShapePlan"/>).
/// Holds one segment of the spectrum, so that windows of ten minutes fit in memory. Not thread-safe.
/// </summary>
public sealed class WindowShape(ShapePlan plan)
{
    private readonly double[] segment = new double[plan.Spectrum.SegmentLength];
    private readonly double[] power = new double[plan.Spectrum.Bins];
    private Moments moments = Moments.None;
    private double line;
    private double last = double.NaN;
    private int filled;
    private int segments;

    /// <summary>Samples taken.</summary>
    public long Count => moments.Count;

    /// <summary>Begins another window.</summary>
    public void Clear()
    {
        power.AsSpan().Clear();
        (moments, line, last, filled, segments) = (Moments.None, 0, double.NaN, 0, 0);
    }

    /// <summary>Takes the next samples, all finite, without a gap to those before.</summary>
    /// <param name="scratch">For the transforms; may be shared by all windows of a thread.</param>
    public void Add(ReadOnlySpan<double> samples, ShapeScratch scratch)
    {
        foreach (double sample in samples)
        {
            line += double.IsNaN(last) ? 0 : Math.Abs(sample - last);
            last = sample;
        }

        moments = moments.Join(Moments.Of(samples));
        while (!samples.IsEmpty)
        {
            int count = Math.Min(segment.Length - filled, samples.Length);
            samples[..count].CopyTo(segment.AsSpan(filled));
            filled += count;
            samples = samples[count..];
            if (filled == segment.Length)
            {
                AddSegment(scratch);
                filled = segment.Length / 2;
                segment.AsSpan(segment.Length - filled).CopyTo(segment);
            }
        }
    }

    /// <summary>Writes the features, in the order of <see cref="ShapePlan.Names"/>.</summary>
    /// <returns>False, and nothing written, for a window that does not vary: it has no shape.</returns>
    public bool TryWrite(Span<double> features, ShapeScratch scratch)
    {
        if (!(moments.Squares > 0) || segments == 0)
        {
            return false;
        }

        for (int k = 0; k < power.Length; k++)
        {
            scratch.Density[k] = plan.Spectrum.Density(k, power[k] / segments);
        }

        plan.Write(moments, line, scratch.Density, features);
        return true;
    }

    private void AddSegment(ShapeScratch scratch)
    {
        plan.Spectrum.Transform(segment, [], scratch.Buffer, scratch.Amplitudes, []);
        for (int k = 0; k < power.Length; k++)
        {
            Complex amplitude = scratch.Amplitudes[k];
            power[k] += (amplitude.Real * amplitude.Real) + (amplitude.Imaginary * amplitude.Imaginary);
        }

        segments++;
    }
}

/// <summary>Memory for the transforms of one thread.</summary>
public sealed class ShapeScratch(ShapePlan plan)
{
    internal Complex[] Buffer { get; } = new Complex[plan.Spectrum.SegmentLength];

    internal Complex[] Amplitudes { get; } = new Complex[plan.Spectrum.Bins];

    internal double[] Density { get; } = new double[plan.Spectrum.Bins];
}
