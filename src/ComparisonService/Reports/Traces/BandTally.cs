using Dendrite.Reports.Document;
using Dendrite.Signals.Analysis.Testing;

namespace Dendrite.ComparisonService.Reports.Traces;

/// <summary>Mean and spread of a figure over windows, as they come. Not thread-safe.</summary>
internal sealed class BandTally
{
    private double mean;
    private double squares;

    /// <summary>Windows that counted.</summary>
    public long Count { get; private set; }

    /// <summary>Takes the figure of the next window; one that is no number does not count.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }

        // Welford's recurrence.
        Count++;
        var distance = value - mean;
        mean += distance / Count;
        squares += distance * (value - mean);
    }

    /// <summary>
    /// The mean with its confidence interval by Student's t: mean ± t(n - 1) · s / √n. It takes windows for
    /// independent;
    /// the report says that they are not quite.
    /// </summary>
    /// <param name="confidence">Above 0, below 1.</param>
    public BandEstimate Estimate(double confidence)
    {
        if (Count < 2)
        {
            return new(Count == 0 ? double.NaN : mean, double.NaN, double.NaN, Count);
        }

        var error = Math.Sqrt(squares / (Count - 1) / Count);
        var reach = StudentTail.Reach(1 - confidence, Count - 1) * error;
        return new(mean, mean - reach, mean + reach, Count);
    }
}
