namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// What a window of one channel looks like, in nine numbers that can be compared whatever the rate:
/// <code>
/// power:delta .. power:gamma   ln of the power in the band, by Welch's estimate, in the unit squared
/// standard_deviation           ln, with n, in the unit
/// line_length                  ln of the mean absolute difference of neighbours times the rate, in the unit a second
/// skewness, excess_kurtosis    asinh of the third and fourth standardised moments, without unit
/// </code>
/// Logarithms, so that twice as large is equally far everywhere; the mean is left out, for it says where an electrode's
/// potential drifted to and nothing of the signal. asinh is linear about 0 and logarithmic far from it, so that one
/// spike does not make all other windows alike. This is the plan for windows of one length and rate. Thread-safe.
/// </summary>
public sealed class ShapePlan
{
    /// <summary>How many numbers a shape has.</summary>
    public const int FeatureCount = 9;

    /// <summary>Fewer samples have no spectrum worth the name.</summary>
    public const int ShortestWindow = WindowStatistics.ShortestSegment;

    /// <summary>Resolves 0.5 Hz, as windows of two seconds do in comparisons of experiments.</summary>
    private const double LongestSegmentSeconds = 2;

    private static readonly (string Name, FrequencyBand Band)[] Bands =
    [
        ("delta", FrequencyBand.Delta),
        ("theta", FrequencyBand.Theta),
        ("alpha", FrequencyBand.Alpha),
        ("beta", FrequencyBand.Beta),
        ("gamma", FrequencyBand.Gamma),
    ];

    private readonly SpectralFigures figures;

    /// <param name="length">Samples of a window, at least <see cref="ShortestWindow"/>, and so that it
    /// <see cref="Fits"/>.</param>
    /// <param name="rate">Samples a second, in Hz; above 0.</param>
    public ShapePlan(long length, double rate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, ShortestWindow);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate);
        Length = length;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SegmentOf(length, rate), SpectrumPlan.LongestSegment);
        Spectrum = new((int)SegmentOf(length, rate), rate, FrequencyBand.Gamma.High);
        figures = new(Spectrum, [.. Bands.Select(band => band.Band)], LineFrequencyHz: 0);
    }

    /// <summary>Names of the features, in order.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. Bands.Select(band => $"power:{band.Name}"), "standard_deviation", "line_length", "skewness", "excess_kurtosis"];

    /// <summary>Samples of a window.</summary>
    public long Length { get; }

    /// <summary>Samples a second, in Hz.</summary>
    public double Rate => Spectrum.Rate;

    internal SpectrumPlan Spectrum { get; }

    /// <summary>Whether a spectrum takes in what windows of this length and rate are cut into.</summary>
    public static bool Fits(long length, double rate) => SegmentOf(length, rate) <= SpectrumPlan.LongestSegment;

    /// <summary>Bytes that one window of this length and rate holds while it is open.</summary>
    public static long OpenBytesOf(long length, double rate)
    {
        long segment = SegmentOf(length, rate);
        return (segment + SpectrumPlan.BinsOf(segment, rate, FrequencyBand.Gamma.High)) * sizeof(double);
    }

    /// <summary>Writes the features of a window that varies; NaN for a band that the rate or the length does not
    /// show.</summary>
    internal void Write(in Moments moments, double line, ReadOnlySpan<double> density, Span<double> features)
    {
        double variance = moments.Squares / moments.Count;
        for (int i = 0; i < Bands.Length; i++)
        {
            // No converter resolves 120 dB below the signal: what is less is rounding, and no farther away than that.
            double power = figures.PowerIn(Bands[i].Band, density);
            features[i] = double.IsNaN(power) ? double.NaN : Math.Log(Math.Max(power, variance * 1e-12));
        }

        double deviation = Math.Sqrt(variance);
        features[5] = Math.Log(deviation);
        features[6] = Math.Log(line / (moments.Count - 1) * Spectrum.Rate);
        features[7] = Math.Asinh(moments.Cubes / moments.Count / (variance * deviation));
        features[8] = Math.Asinh(moments.ExcessKurtosis);
    }

    /// <summary>Samples of a segment: even.</summary>
    private static long SegmentOf(long length, double rate) =>
        Math.Max(ShortestWindow, (long)Math.Min(length, LongestSegmentSeconds * rate)) / 2 * 2;
}
