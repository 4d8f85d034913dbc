namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// What is read off a density at the frequencies of a plan: one that was averaged over a recording, or that of one
/// window.
/// </summary>
/// <param name="Plan">Which frequencies.</param>
/// <param name="Bands">The bands.</param>
/// <param name="LineFrequencyHz">Of the mains.</param>
public sealed record SpectralFigures(SpectrumPlan Plan, IReadOnlyList<FrequencyBand> Bands, double LineFrequencyHz)
{
    /// <summary>What counts as the mains, on either side, in Hz.</summary>
    private const double LineReach = 1;

    private const double WideLow = 1;
    private const double WideHigh = 100;
    private const double PeakHigh = 45;

    /// <summary>The highest frequency that any figure needs, in Hz.</summary>
    public static double HighestOf(IEnumerable<FrequencyBand> bands, double lineFrequencyHz) =>
        bands.Select(band => band.High).Append(WideHigh).Append(lineFrequencyHz + LineReach).Max();

    /// <summary>
    /// Whether any frequency of the plan counts as the mains: none does where the rate is too low, where segments are
    /// so short that frequencies lie farther apart, and beyond 1 to 100 Hz.
    /// </summary>
    public bool SeesMains { get; } =
        LineFrequencyHz < Plan.Rate / 2
        && Enumerable.Range(0, Plan.Bins).Any(k => IsOfMains(Plan.FrequencyOf(k), LineFrequencyHz));

    /// <summary>
    /// The density's sum over the frequencies <c>low &lt;= f &lt; high</c> times their distance, in the unit squared.
    /// NaN where the rate is too low for the band, or no frequency falls into it.
    /// </summary>
    public double PowerIn(FrequencyBand band, ReadOnlySpan<double> density)
    {
        double sum = 0;
        int count = 0;
        for (int k = 0; k < Plan.Bins; k++)
        {
            double frequency = Plan.FrequencyOf(k);
            if (frequency >= band.Low && frequency < band.High)
            {
                sum += density[k];
                count++;
            }
        }
        return count == 0 || band.Low >= Plan.Rate / 2 ? double.NaN : sum * Plan.Distance;
    }

    /// <summary>
    /// Power within 1 Hz of the mains over that from 1 to 100 Hz, ends included: 0 to 1. NaN where the plan does not
    /// see the mains, and without power.
    /// </summary>
    public double LineNoiseRatio(ReadOnlySpan<double> density)
    {
        double line = 0;
        double all = 0;
        for (int k = 0; k < Plan.Bins; k++)
        {
            double frequency = Plan.FrequencyOf(k);
            all += IsWide(frequency) ? density[k] : 0;
            line += IsOfMains(frequency, LineFrequencyHz) ? density[k] : 0;
        }
        return all > 0 && SeesMains ? line / all : double.NaN;
    }

    /// <summary>
    /// The frequency of the greatest density from 1 to 45 Hz, ends included, in Hz; the lowest of equal ones. NaN where
    /// there is no power.
    /// </summary>
    public double PeakFrequency(ReadOnlySpan<double> density)
    {
        double peak = double.NaN;
        double greatest = 0;
        for (int k = 0; k < Plan.Bins; k++)
        {
            double frequency = Plan.FrequencyOf(k);
            if (frequency is >= WideLow and <= PeakHigh && density[k] > greatest)
            {
                greatest = density[k];
                peak = frequency;
            }
        }
        return peak;
    }

    private static bool IsWide(double frequency) => frequency is >= WideLow and <= WideHigh;

    private static bool IsOfMains(double frequency, double mains) =>
        IsWide(frequency) && Math.Abs(frequency - mains) <= LineReach;
}
