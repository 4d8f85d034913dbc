using Dendrite.Reports.Document;

namespace Dendrite.ComparisonService.Reports.Traces;

/// <summary>Least and greatest value of each of a fixed number of equal runs of time. Not thread-safe.</summary>
internal sealed class Envelope
{
    private readonly double rate;
    private readonly double bucketSeconds;
    private readonly double[] minima;
    private readonly double[] maxima;

    /// <param name="seconds">All that is drawn: the longer of two recordings, so that both have the same
    /// runs.</param>
    /// <param name="rate">Samples a second, in Hz.</param>
    public Envelope(double seconds, double rate)
    {
        this.rate = rate;
        // Fewer samples than runs would leave holes between them.
        var count = (int)Math.Clamp(Math.Floor(seconds * rate), 1, ReportLimits.EnvelopeBuckets);
        bucketSeconds = seconds / count;
        (minima, maxima) = (new double[count], new double[count]);
        Array.Fill(minima, double.NaN);
        Array.Fill(maxima, double.NaN);
    }

    /// <summary>Takes samples; those that are no numbers leave no trace.</summary>
    /// <param name="start">Index of the first one.</param>
    public void Add(ReadOnlySpan<double> samples, long start)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            var sample = samples[i];
            if (!double.IsFinite(sample))
            {
                continue;
            }

            var bucket = Math.Min((int)((start + i) / rate / bucketSeconds), minima.Length - 1);
            // A comparison with NaN is false, so that the first sample always counts.
            minima[bucket] = minima[bucket] <= sample ? minima[bucket] : sample;
            maxima[bucket] = maxima[bucket] >= sample ? maxima[bucket] : sample;
        }
    }

    public Waveform ToWaveform() => new(bucketSeconds, minima, maxima);
}
