using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// What two channels of one clock have in common, window by window: coherence, and at which lag they agree best. Not
/// thread-safe.
/// </summary>
public sealed class PairAnalysis
{
    /// <summary>Lags that are looked at on either side, in samples: what a thousand pairs can hold.</summary>
    public const int MaxLag = 4_096;

    private readonly SpectrumPlan plan;

    public PairAnalysis(SpectrumPlan plan)
    {
        this.plan = plan;
        Lag = LagOf(plan);
        Cross = new Complex[plan.Bins];
        OldPower = new double[plan.Bins];
        NewPower = new double[plan.Bins];
        Products = new double[(2 * Lag) + 1];
    }

    /// <summary>The greatest lag, in samples: half a window, at most <see cref="MaxLag"/>.</summary>
    public int Lag { get; }

    /// <summary>Sums over segments that are whole on both sides.</summary>
    public Complex[] Cross { get; }

    public double[] OldPower { get; }

    public double[] NewPower { get; }

    /// <summary>Sums of products at each lag, from -<see cref="Lag"/> on, over windows whole on both sides.</summary>
    public double[] Products { get; }

    public double OldEnergy { get; set; }

    public double NewEnergy { get; set; }

    public long Segments { get; set; }

    /// <summary>A power of two in which neither end of a window meets the other.</summary>
    public static int BufferLength(SpectrumPlan plan) =>
        (int)BitOperations.RoundUpToPowerOf2((uint)(plan.SegmentLength + LagOf(plan)));

    private static int LagOf(SpectrumPlan plan) => Math.Min(plan.SegmentLength / 2, MaxLag);

    /// <summary>Takes the next window of both sides, as <see cref="ChannelAnalysis"/> left it.</summary>
    /// <param name="oldWindow">Its samples.</param>
    /// <param name="buffer">Of <see cref="BufferLength"/>; nothing of it is kept.</param>
    public void Add(
        WindowScratch old,
        ReadOnlySpan<double> oldWindow,
        WindowScratch current,
        ReadOnlySpan<double> currentWindow,
        Complex[] buffer
    )
    {
        if (old.HasOffset && current.HasOffset)
        {
            AddSegment(old.Offset, current.Offset);
        }
        if (old.HasWindow && current.HasWindow)
        {
            AddSegment(old.Window, current.Window);
            AddProducts(oldWindow, currentWindow, buffer);
        }
    }

    /// <summary>
    /// Magnitude-squared coherence, 0 to 1: |Pxy|² / (Pxx Pyy) by Welch's method, averaged over the frequencies of the
    /// band. As <c>scipy.signal.coherence(x, y, rate, "hann", nperseg=n)</c>. NaN for fewer than two segments (of one
    /// it is 1 whatever the signals), where a side has no power, and where no frequency falls into the band.
    /// </summary>
    public double Coherence(FrequencyBand band)
    {
        double sum = 0;
        int count = 0;
        for (int k = 0; k < plan.Bins; k++)
        {
            double frequency = plan.FrequencyOf(k);
            if (frequency >= band.Low && frequency < band.High)
            {
                double magnitude = Cross[k].Magnitude;
                sum += magnitude * magnitude / (OldPower[k] * NewPower[k]);
                count++;
            }
        }
        return Segments < 2 || count == 0 ? double.NaN : sum / count;
    }

    /// <summary>
    /// The cross-correlation where it is farthest from 0, -1 to 1, and the lag there, in samples, positive when the new
    /// side is later: sums over windows of <c>x[i] y[i + lag]</c>, each window less its mean and 0 outside, over the
    /// root of the product of both energies. As the sum of <c>scipy.signal.correlate(y, x)</c> of the windows. Of equal
    /// ones the least lag. Null where a side does not vary.
    /// </summary>
    public (double Correlation, int Lag)? Peak()
    {
        double scale = Math.Sqrt(OldEnergy) * Math.Sqrt(NewEnergy);
        if (!(scale > 0))
        {
            return null;
        }

        int best = 0;
        for (int distance = 1; distance <= Lag; distance++)
        {
            best = IsFarther(distance, best) ? distance : best;
            best = IsFarther(-distance, best) ? -distance : best;
        }
        return (Math.Clamp(Products[Lag + best] / scale, -1, 1), best);
    }

    private bool IsFarther(int lag, int best) => Math.Abs(Products[Lag + lag]) > Math.Abs(Products[Lag + best]);

    private void AddSegment(Complex[] old, Complex[] current)
    {
        for (int k = 0; k < plan.Bins; k++)
        {
            Cross[k] += Complex.Conjugate(old[k]) * current[k];
            OldPower[k] += (old[k].Real * old[k].Real) + (old[k].Imaginary * old[k].Imaginary);
            NewPower[k] += (current[k].Real * current[k].Real) + (current[k].Imaginary * current[k].Imaginary);
        }
        Segments++;
    }

    private void AddProducts(ReadOnlySpan<double> old, ReadOnlySpan<double> current, Complex[] buffer)
    {
        var (oldMean, oldEnergy) = Energy(old);
        var (newMean, newEnergy) = Energy(current);
        OldEnergy += oldEnergy;
        NewEnergy += newEnergy;
        if (!(oldEnergy > 0 && newEnergy > 0))
        {
            return;
        }

        // Both to one size, or the smaller would drown in the rounding of the larger.
        double oldRoot = Math.Sqrt(oldEnergy);
        double newRoot = Math.Sqrt(newEnergy);
        Array.Clear(buffer);
        for (int i = 0; i < old.Length; i++)
        {
            buffer[i] = new((old[i] - oldMean) / oldRoot, (current[i] - newMean) / newRoot);
        }
        Fourier.Forward(buffer, FourierOptions.NoScaling);
        MultiplyHalves(buffer);
        Fourier.Inverse(buffer, FourierOptions.NoScaling);
        double scale = oldRoot * newRoot / buffer.Length;
        for (int lag = -Lag; lag <= Lag; lag++)
        {
            Products[Lag + lag] += buffer[(lag + buffer.Length) % buffer.Length].Real * scale;
        }
    }

    /// <summary>The conjugate of the old side's spectrum times the new one's, from that of old + i new.</summary>
    private static void MultiplyHalves(Complex[] buffer)
    {
        for (int k = 0; k <= buffer.Length / 2; k++)
        {
            int mirror = (buffer.Length - k) % buffer.Length;
            Complex here = buffer[k];
            Complex there = Complex.Conjugate(buffer[mirror]);
            Complex old = (here + there) / 2;
            Complex current = (here - there) / new Complex(0, 2);
            buffer[k] = Complex.Conjugate(old) * current;
            buffer[mirror] = Complex.Conjugate(buffer[k]);
        }
    }

    private static (double Mean, double Energy) Energy(ReadOnlySpan<double> window)
    {
        double mean = SpectrumPlan.MeanOf(window);
        double energy = 0;
        foreach (double sample in window)
        {
            energy += (sample - mean) * (sample - mean);
        }
        return (mean, energy);
    }
}
