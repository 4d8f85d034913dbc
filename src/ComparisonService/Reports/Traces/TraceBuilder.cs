using System.Numerics;
using Dendrite.Reports.Document;
using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.ComparisonService.Reports.Traces;

/// <summary>
/// What is drawn of one channel, from its windows as they come: envelope, spectrum and band powers, by the same
/// windows
/// and the same figures as the tests. Not thread-safe.
/// </summary>
internal sealed class TraceBuilder
{
    private readonly string unit;
    private readonly SpectralFigures figures;
    private readonly ChannelAnalysis analysis;
    private readonly WindowFeatures features;
    private readonly Envelope envelope;
    private readonly BandTally[] bands;

    /// <param name="unit">Of the channel.</param>
    /// <param name="figures">Of the comparison, at the stream's rate.</param>
    /// <param name="seconds">How much time the plot shows.</param>
    public TraceBuilder(string unit, SpectralFigures figures, double seconds)
    {
        this.unit = unit;
        this.figures = figures;
        analysis = new(figures.Plan);
        features = new(figures);
        envelope = new(seconds, figures.Plan.Rate);
        bands = [.. figures.Bands.Select(_ => new BandTally())];
    }

    /// <summary>Room for one window, which builders at one rate may share in turns.</summary>
    public WindowScratch MakeRoom() =>
        new(figures.Plan, features.Count) { Buffer = new Complex[figures.Plan.SegmentLength] };

    /// <summary>Takes the next window.</summary>
    /// <param name="frame">The half window before it and the window; NaN where there is no sample.</param>
    /// <param name="start">Index of the window's first sample.</param>
    /// <param name="length">Samples of the window that the recording has.</param>
    public void Add(ReadOnlySpan<double> frame, long start, int length, WindowScratch room)
    {
        analysis.Add(frame, start, length, room, features);
        envelope.Add(frame.Slice(frame.Length / 3, length), start);
        // Powers are the last of a window's features; of one that is not whole they are NaN.
        var powers = room.Features.AsSpan(room.Features.Length - bands.Length);
        for (var i = 0; i < bands.Length; i++)
        {
            bands[i].Add(powers[i]);
        }
    }

    /// <param name="confidence">Of the intervals.</param>
    public ChannelTrace Build(double confidence) =>
        new(
            unit,
            envelope.ToWaveform(),
            SpectrumThinning.Thin(analysis.Density(), figures.Plan.Distance),
            [.. bands.Select(band => band.Estimate(confidence))]
        );
}
