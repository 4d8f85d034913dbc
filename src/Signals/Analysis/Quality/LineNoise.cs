using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.Signals.Analysis.Quality;

/// <summary>How the hum of the mains is measured: Welch's density in segments of two seconds.</summary>
public sealed class LineNoise
{
    private const double SegmentSeconds = 2;
    private const int ShortestSegment = 16;

    private readonly double rate;
    private readonly SpectrumPlan plan;

    /// <param name="rate">Samples a second, in Hz; above 0 and measurable.</param>
    public LineNoise(double rate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, HighestRate);
        this.rate = rate;
        SegmentLength = Math.Max(ShortestSegment, 2 * (int)Math.Round(SegmentSeconds * rate / 2));
        plan = new(SegmentLength, rate, rate / 2);
    }

    /// <summary>In Hz: of a faster stream two seconds are more than a spectrum takes in.</summary>
    public static double HighestRate => SpectrumPlan.LongestSegment / SegmentSeconds;

    /// <summary>Samples of a segment: even.</summary>
    public int SegmentLength { get; }

    /// <summary>Bytes that one channel's spectrum holds.</summary>
    public long ChannelBytes => SegmentLength * (long)(sizeof(double) * 5);

    public WelchSpectrum CreateSpectrum() => new(SegmentLength, rate);

    /// <summary>
    /// Power within 1 Hz of the mains over the power of 1 to 100 Hz, ends included: 0 to 1. NaN where the rate is too
    /// low to see the mains, and without power.
    /// </summary>
    /// <param name="density">Of <see cref="CreateSpectrum"/>.</param>
    public double RatioOf(double[] density, double lineFrequencyHz) =>
        new SpectralFigures(plan, [], lineFrequencyHz).LineNoiseRatio(density);
}
