using System.Numerics;
using Dendrite.Signals.Analysis.Windows;
using MathNet.Numerics.IntegralTransforms;

namespace Dendrite.Signals.Analysis;

/// <summary>
/// Welch's estimate of a one-sided power spectral density (P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 1967):
/// segments that overlap by half, each less its mean, under a periodic Hann window, averaged. Takes samples as they
/// come; holds one segment. Not thread-safe.
/// </summary>
/// <remarks>
/// The same figures as <c>scipy.signal.welch(x, rate, "hann", nperseg=n, noverlap=n // 2)</c> with its defaults, over
/// each run without a gap.
/// </remarks>
public sealed class WelchSpectrum
{
    private readonly double rate;
    private readonly double[] window;
    private readonly double[] segment;
    private readonly double[] power;
    private readonly Complex[] transformed;
    private int filled;

    /// <param name="segmentLength">Samples of a segment, at least 2.</param>
    /// <param name="rate">Samples a second, in Hz.</param>
    public WelchSpectrum(int segmentLength, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(segmentLength, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        this.rate = rate;
        window = new double[segmentLength];
        for (int i = 0; i < segmentLength; i++)
        {
            window[i] = 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / segmentLength));
        }
        segment = new double[segmentLength];
        power = new double[(segmentLength / 2) + 1];
        transformed = new Complex[segmentLength];
    }

    /// <summary>How many segments were averaged.</summary>
    public int Segments { get; private set; }

    /// <summary>Takes the next samples of a run.</summary>
    public void Add(ReadOnlySpan<double> run)
    {
        while (!run.IsEmpty)
        {
            int count = Math.Min(segment.Length - filled, run.Length);
            run[..count].CopyTo(segment.AsSpan(filled));
            filled += count;
            run = run[count..];
            if (filled == segment.Length)
            {
                AddSegment();
                int overlap = segment.Length / 2;
                segment.AsSpan(segment.Length - overlap).CopyTo(segment);
                filled = overlap;
            }
        }
    }

    /// <summary>A gap: no segment reaches across it.</summary>
    public void Break() => filled = 0;

    /// <summary>
    /// The density at the frequencies <c>k * rate / n</c>, k from 0 to n / 2, in the square of the samples' unit a Hz;
    /// NaN before the first segment.
    /// </summary>
    public double[] Density()
    {
        double squares = window.Sum(value => value * value);
        double scale = 1 / (rate * squares * Segments);
        double[] density = new double[power.Length];
        for (int k = 0; k < density.Length; k++)
        {
            // The negative frequencies fold onto the positive; 0 and half the rate have none.
            bool isAlone = k == 0 || 2 * k == segment.Length;
            density[k] = Segments == 0 ? double.NaN : power[k] * scale * (isAlone ? 1 : 2);
        }
        return density;
    }

    /// <summary>
    /// The power in a band, the density's sum over the frequencies <c>low &lt;= f &lt; high</c> times their distance,
    /// in the square of the samples' unit; NaN before the first segment, and for a band that begins at half the rate
    /// or above it.
    /// </summary>
    /// <param name="low">In Hz.</param>
    /// <param name="high">In Hz.</param>
    public double PowerIn(double low, double high)
    {
        if (Segments == 0 || low >= rate / 2)
        {
            return double.NaN;
        }
        double distance = rate / segment.Length;
        double sum = 0;
        double[] density = Density();
        for (int k = 0; k < density.Length; k++)
        {
            double frequency = k * distance;
            sum += frequency >= low && frequency < high ? density[k] : 0;
        }
        return sum * distance;
    }

    private void AddSegment()
    {
        double mean = SpectrumPlan.MeanOf(segment);
        for (int i = 0; i < segment.Length; i++)
        {
            transformed[i] = new((segment[i] - mean) * window[i], 0);
        }
        Fourier.Forward(transformed, FourierOptions.NoScaling);
        for (int k = 0; k < power.Length; k++)
        {
            double real = transformed[k].Real;
            double imaginary = transformed[k].Imaginary;
            power[k] += (real * real) + (imaginary * imaginary);
        }
        Segments++;
    }
}
