namespace Dendrite.Signals.Analysis.Quality;

/// <summary>
/// What is wrong with one channel of a recording, from its stored samples as they come: how much of it is there, how
/// much lies at the limits, how long it stood still, and its spectrum. None of the figures depends on scale and offset,
/// so samples are taken as they were stored. Holds one segment of the spectrum. Not thread-safe.
/// </summary>
/// <param name="limits">What the stored values can reach; null where there is no limit.</param>
/// <param name="spectrum">For the line noise; null where it is not asked for.</param>
public sealed class ChannelQuality(StoredLimits? limits, WelchSpectrum? spectrum)
{
    private long next;
    private long run;
    private double value = double.NaN;

    /// <summary>Samples that are there: in no gap, hidden by no mask, and finite.</summary>
    public long Count { get; private set; }

    /// <summary>Samples at a limit or beyond it.</summary>
    public long Clipped { get; private set; }

    /// <summary>Part of the samples that are there which lies at the limits, 0 to 1; 0 without samples.</summary>
    public double ClippedRatio => Count == 0 ? 0 : (double)Clipped / Count;

    /// <summary>The longest run of equal samples without a missing one between; the first of equally long ones. At
    /// least two samples make a run.</summary>
    public (long Start, long Count) Flat { get; private set; }

    /// <summary>Part of a recording that is missing, 0 to 1; 0 of one without samples.</summary>
    /// <param name="length">Samples of the recording.</param>
    public double MissingRatio(long length) => length == 0 ? 0 : (double)(length - Count) / length;

    /// <summary>The averaged density; null where none was asked for, or no run was as long as a segment.</summary>
    public double[]? FindDensity() => spectrum is { Segments: > 0 } ? spectrum.Density() : null;

    /// <summary>Takes the next samples; runs come in order.</summary>
    /// <param name="first">Index of the first one in the recording; beyond where the last run ended, samples are
    /// missing.</param>
    /// <param name="samples">As stored; NaN for what is hidden.</param>
    public void Add(long first, ReadOnlySpan<double> samples)
    {
        if (first != next)
        {
            Break();
        }

        next = first + samples.Length;
        var whole = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            if (double.IsFinite(samples[i]))
            {
                Take(first + i, samples[i]);
                continue;
            }

            spectrum?.Add(samples[whole..i]);
            Break();
            whole = i + 1;
        }

        spectrum?.Add(samples[whole..]);
    }

    private void Take(long index, double sample)
    {
        Count++;
        Clipped += limits is { } bound && (sample <= bound.Low || sample >= bound.High) ? 1 : 0;
        run = sample == value ? run + 1 : 1;
        value = sample;
        if (run > 1 && run > Flat.Count)
        {
            Flat = (index - run + 1, run);
        }
    }

    private void Break()
    {
        (run, value) = (0, double.NaN);
        spectrum?.Break();
    }
}

/// <summary>The smallest and the largest value that a channel can store.</summary>
public readonly record struct StoredLimits(double Low, double High);
