namespace Dendrite.Signals.Analysis;

/// <summary>
/// Figures of one channel in one window, from its samples as they come, in physical units. Samples that are missing,
/// and those that are NaN or infinite, are left out of all figures. Not thread-safe.
/// </summary>
public sealed class WindowStatistics
{
    /// <summary>Fewer samples than this have no spectrum worth the name.</summary>
    public const int ShortestSegment = 8;

    private readonly WelchSpectrum? spectrum;
    private double mean;
    private double squares;
    private double? before;

    /// <param name="segmentLength">
    /// Samples of a segment of the spectrum; below <see cref="ShortestSegment"/> there is none, and powers are NaN.
    /// </param>
    /// <param name="rate">Samples a second, in Hz.</param>
    public WindowStatistics(int segmentLength, double rate) =>
        spectrum = segmentLength < ShortestSegment ? null : new(segmentLength, rate);

    /// <summary>How many samples count.</summary>
    public long Count { get; private set; }

    /// <summary>Arithmetic mean, in the samples' unit; NaN without samples.</summary>
    public double Mean => Count == 0 ? double.NaN : mean;

    /// <summary>With n - 1, in the unit squared; NaN for fewer than two samples.</summary>
    public double Variance => Count < 2 ? double.NaN : squares / (Count - 1);

    /// <summary>Root of the mean square, in the unit; NaN without samples.</summary>
    public double RootMeanSquare => Count == 0 ? double.NaN : Math.Sqrt((mean * mean) + (squares / Count));

    /// <summary>
    /// Sum of the absolute differences of neighbours, in the unit; a missing sample has no neighbours. NaN without
    /// samples.
    /// </summary>
    public double LineLength => Count == 0 ? double.NaN : line;

    private double line;

    /// <summary>
    /// Power in a band by Welch's estimate, in the unit squared; NaN where no run of samples is as long as a segment,
    /// or the rate is too low for the band.
    /// </summary>
    public double PowerIn(FrequencyBand band) => spectrum?.PowerIn(band.Low, band.High) ?? double.NaN;

    /// <summary>Takes the next samples.</summary>
    public void Add(ReadOnlySpan<double> samples)
    {
        int run = 0;
        for (int i = 0; i < samples.Length; i++)
        {
            double sample = samples[i];
            if (!double.IsFinite(sample))
            {
                spectrum?.Add(samples[run..i]);
                Break();
                run = i + 1;
                continue;
            }
            // Welford's recurrence: the variance of a small signal on a large offset keeps its digits.
            Count++;
            double distance = sample - mean;
            mean += distance / Count;
            squares += distance * (sample - mean);
            line += before is { } neighbour ? Math.Abs(sample - neighbour) : 0;
            before = sample;
        }
        spectrum?.Add(samples[run..]);
    }

    /// <summary>Samples are missing here.</summary>
    public void Break()
    {
        before = null;
        spectrum?.Break();
    }
}
