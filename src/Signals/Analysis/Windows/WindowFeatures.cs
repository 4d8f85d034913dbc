namespace Dendrite.Signals.Analysis.Windows;

/// <summary>
/// What of each window is kept for the tests: mean, root of the mean square, excess kurtosis, line noise, and the power
/// in each band, by the window's own density.
/// </summary>
public sealed class WindowFeatures(SpectralFigures figures)
{
    private const int OfSamples = 3;

    /// <summary>How many figures a window has.</summary>
    public int Count => OfSamples + 1 + figures.Bands.Count;

    /// <summary>Their names, in order.</summary>
    /// <param name="bands">Names of the bands.</param>
    public static IReadOnlyList<string> NamesFor(IEnumerable<string> bands) =>
        ["mean", "root_mean_square", "excess_kurtosis", "line_noise_ratio", .. bands.Select(band => $"power:{band}")];

    /// <summary>The figures of a whole window.</summary>
    /// <param name="density">At the frequencies of the plan.</param>
    /// <param name="features">As many as <see cref="Count"/>.</param>
    public void Write(in Moments moments, ReadOnlySpan<double> density, Span<double> features)
    {
        features[0] = moments.Mean;
        features[1] = moments.RootMeanSquare;
        features[2] = moments.ExcessKurtosis;
        features[3] = figures.LineNoiseRatio(density);
        for (int i = 0; i < figures.Bands.Count; i++)
        {
            features[OfSamples + 1 + i] = figures.PowerIn(figures.Bands[i], density);
        }
    }
}
