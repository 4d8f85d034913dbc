using System.Numerics;
using MathNet.Numerics.IntegralTransforms;

namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// How segments of one length become spectra: each less its mean, under a periodic Hann window. Only the lowest
/// frequencies are kept, so that a thousand channels at 30 kHz fit in memory. Thread-safe.
/// </summary>
public sealed class SpectrumPlan
{
    /// <summary>
    /// Samples of a segment: two seconds at 524 kHz, of which the plan and one spectrum hold some 60 MB.
    /// </summary>
    public const int LongestSegment = 1 << 20;

    private readonly double[] window;
    private readonly LowFrequencyTransform? low;

    /// <param name="segmentLength">Samples of a segment, even, at least 2 and at most
    /// <see cref="LongestSegment"/>.</param>
    /// <param name="rate">Samples a second, in Hz.</param>
    /// <param name="highest">The highest frequency that is asked for, in Hz; those above half the rate do not
    /// exist.</param>
    public SpectrumPlan(int segmentLength, double rate, double highest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(segmentLength, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(segmentLength, LongestSegment);
        ArgumentOutOfRangeException.ThrowIfNotEqual(segmentLength % 2, 0);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        SegmentLength = segmentLength;
        Rate = rate;
        Distance = rate / segmentLength;
        Bins = (int)BinsOf(segmentLength, rate, highest);
        low = LowFrequencyTransform.For(segmentLength, Bins);
        window = new double[segmentLength];
        double squares = 0;
        for (int i = 0; i < segmentLength; i++)
        {
            window[i] = 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / segmentLength));
            squares += window[i] * window[i];
        }
        Scale = 1 / (rate * squares);
    }

    public int SegmentLength { get; }

    /// <summary>In Hz.</summary>
    public double Rate { get; }

    /// <summary>From one frequency to the next, in Hz.</summary>
    public double Distance { get; }

    /// <summary>How many frequencies are kept, from 0 on.</summary>
    public int Bins { get; }

    /// <summary>From the square of an amplitude to a density, before the negative frequencies are folded.</summary>
    private double Scale { get; }

    internal static long BinsOf(long segmentLength, double rate, double highest) =>
        (long)Math.Min((segmentLength / 2) + 1, Math.Ceiling(highest / (rate / segmentLength)) + 1);

    public double FrequencyOf(int bin) => bin * Distance;

    /// <summary>
    /// The amplitudes of two segments at the kept frequencies, by one transform: the first is its real part, the second
    /// its imaginary one. Give segments of one channel, which are about as large, so that neither drowns the other's
    /// digits.
    /// </summary>
    /// <param name="first">A segment; empty for none, then its spectrum is left as it is.</param>
    /// <param name="second">Likewise.</param>
    /// <param name="scratch">As long as a segment.</param>
    public void Transform(
        ReadOnlySpan<double> first,
        ReadOnlySpan<double> second,
        Complex[] scratch,
        Span<Complex> firstSpectrum,
        Span<Complex> secondSpectrum
    )
    {
        if (first.IsEmpty && second.IsEmpty)
        {
            return;
        }

        double firstMean = MeanOf(first);
        double secondMean = MeanOf(second);
        for (int i = 0; i < SegmentLength; i++)
        {
            double real = first.IsEmpty ? 0 : (first[i] - firstMean) * window[i];
            double imaginary = second.IsEmpty ? 0 : (second[i] - secondMean) * window[i];
            scratch[i] = new(real, imaginary);
        }

        if (low is null)
        {
            Fourier.Forward(scratch, FourierOptions.NoScaling);
        }
        else
        {
            low.Forward(scratch);
        }
        for (int k = 0; k < Bins; k++)
        {
            Complex here = scratch[k];
            Complex mirrored = Complex.Conjugate(scratch[k == 0 ? 0 : SegmentLength - k]);
            if (!first.IsEmpty)
            {
                firstSpectrum[k] = (here + mirrored) / 2;
            }
            if (!second.IsEmpty)
            {
                secondSpectrum[k] = (here - mirrored) / new Complex(0, 2);
            }
        }
    }

    /// <summary>The density at a frequency, from the square of its amplitude, in the unit squared a Hz.</summary>
    public double Density(int bin, double square) =>
        // The negative frequencies fold onto the positive; 0 and half the rate have none.
        square * Scale * (bin == 0 || 2 * bin == SegmentLength ? 1 : 2);

    /// <summary>
    /// By the distances from the first sample: on a large offset the sum of these keeps its digits, and of what does
    /// not vary the mean is its value, so that what is left of it then is 0, and not what rounding makes.
    /// </summary>
    internal static double MeanOf(ReadOnlySpan<double> segment)
    {
        double sum = 0;
        foreach (double sample in segment)
        {
            sum += sample - segment[0];
        }
        return segment.IsEmpty ? 0 : segment[0] + (sum / segment.Length);
    }
}
