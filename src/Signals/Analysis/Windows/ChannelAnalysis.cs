using System.Numerics;

namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// Figures of one channel, window by window. Windows are [0, n), [n, 2n) and so on, counted from sample 0. Segments of
/// the spectrum begin at each half window:
/// <code>
/// samples    0        n/2        n        3n/2       2n
/// windows    |------- 0 --------|-------- 1 --------|
/// segments   |------- 0 --------|-------- 2 --------|
///                      |------- 1 --------|
/// </code>
/// so that every second one is a window's own. Of a recording without gaps the averaged density is that of
/// <c>scipy.signal.welch(x, rate, "hann", nperseg=n)</c> to the last bit of rounding; with gaps, SciPy knows none, and
/// segments that a gap touches are left out while the others keep their places. Not thread-safe.
/// </summary>
public sealed class ChannelAnalysis(SpectrumPlan? plan)
{
    /// <summary>Squares of amplitudes, summed over the segments; empty without a plan.</summary>
    public double[] Power { get; } = new double[plan?.Bins ?? 0];

    /// <summary>How many segments were summed.</summary>
    public long Segments { get; set; }

    public Moments Moments { get; set; } = Moments.None;

    /// <summary>Samples within the recording that are not there, or are no numbers.</summary>
    public long Missing { get; set; }

    /// <summary>Index of the first sample that is there; -1 before it.</summary>
    public long FirstSample { get; set; } = -1;

    /// <summary>Index after the last sample that is there.</summary>
    public long EndSample { get; set; }

    /// <summary>Takes the next window.</summary>
    /// <param name="frame">
    /// The half window before it and the window itself; NaN where a sample is missing, behind the recording's end too.
    /// </param>
    /// <param name="start">Index of the window's first sample.</param>
    /// <param name="length">Samples of the window that the recording has; less than a window in the last one.</param>
    /// <param name="features">Takes the window's figures; NaN where the window is not whole.</param>
    public void Add(ReadOnlySpan<double> frame, long start, int length, WindowScratch scratch, WindowFeatures? features)
    {
        int size = frame.Length * 2 / 3;
        int half = size / 2;
        var window = frame[half..];
        var moments = Moments.Of(window);
        Moments = Moments.Join(moments);
        Missing += length - moments.Count;
        NoteReach(window, start, moments.Count);
        scratch.HasWindow = moments.Count == size;
        scratch.HasOffset = plan is not null && AllFinite(frame[..size]);
        scratch.Features.AsSpan().Fill(double.NaN);
        if (plan is null)
        {
            return;
        }

        plan.Transform(
            scratch.HasOffset ? frame[..size] : [],
            scratch.HasWindow ? window : [],
            scratch.Buffer,
            scratch.Offset,
            scratch.Window
        );
        Sum(scratch);
        if (scratch.HasWindow)
        {
            WriteFeatures(plan, moments, scratch, features);
        }
    }

    /// <summary>The density averaged over all segments, in the unit squared a Hz; NaN before the first.</summary>
    public double[] Density()
    {
        double[] density = new double[Power.Length];
        for (int k = 0; k < density.Length; k++)
        {
            density[k] = Segments == 0 ? double.NaN : plan!.Density(k, Power[k] / Segments);
        }
        return density;
    }

    private static void WriteFeatures(
        SpectrumPlan plan,
        in Moments moments,
        WindowScratch scratch,
        WindowFeatures? features
    )
    {
        for (int k = 0; k < plan.Bins; k++)
        {
            scratch.Density[k] = plan.Density(k, Square(scratch.Window[k]));
        }
        features?.Write(moments, scratch.Density, scratch.Features);
    }

    private void Sum(WindowScratch scratch)
    {
        for (int k = 0; k < Power.Length; k++)
        {
            Power[k] += scratch.HasOffset ? Square(scratch.Offset[k]) : 0;
            Power[k] += scratch.HasWindow ? Square(scratch.Window[k]) : 0;
        }
        Segments += (scratch.HasOffset ? 1 : 0) + (scratch.HasWindow ? 1 : 0);
    }

    private void NoteReach(ReadOnlySpan<double> window, long start, long count)
    {
        if (count == 0)
        {
            return;
        }

        int first = 0;
        while (!double.IsFinite(window[first]))
        {
            first++;
        }
        int last = window.Length - 1;
        while (!double.IsFinite(window[last]))
        {
            last--;
        }
        FirstSample = FirstSample < 0 ? start + first : FirstSample;
        EndSample = start + last + 1;
    }

    private static bool AllFinite(ReadOnlySpan<double> samples)
    {
        foreach (double sample in samples)
        {
            if (!double.IsFinite(sample))
            {
                return false;
            }
        }
        return true;
    }

    private static double Square(Complex amplitude) =>
        (amplitude.Real * amplitude.Real) + (amplitude.Imaginary * amplitude.Imaginary);
}

/// <summary>
/// What one window of one channel leaves behind for whoever goes on with it, in memory that the next one reuses.
/// </summary>
public sealed class WindowScratch
{
    /// <param name="plan">Null for a stream without a rate, which has no spectra.</param>
    /// <param name="featureCount">Figures of a window.</param>
    public WindowScratch(SpectrumPlan? plan, int featureCount)
    {
        int bins = plan?.Bins ?? 0;
        Offset = new Complex[bins];
        Window = new Complex[bins];
        Density = new double[bins];
        Features = new double[featureCount];
    }

    /// <summary>Whether the segment that begins half a window earlier is whole, and <see cref="Offset"/> its
    /// spectrum.</summary>
    public bool HasOffset { get; set; }

    /// <summary>Whether the window is whole, and <see cref="Window"/> its spectrum.</summary>
    public bool HasWindow { get; set; }

    public Complex[] Offset { get; set; }

    public Complex[] Window { get; set; }

    public double[] Features { get; set; }

    /// <summary>
    /// As long as a segment; set before each use, so that all channels of a thread share one: of a thousand channels at
    /// 30 kHz they would take gigabytes.
    /// </summary>
    public Complex[] Buffer { get; set; } = [];

    internal double[] Density { get; }
}
