using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Puts figures of channels and pairs on the wire.</summary>
internal static class MeasureMapper
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <param name="measuredRateHz">By the stream's time anchors.</param>
    public static ChannelMeasures Measures(
        MeasuredStream stream,
        ChannelAnalysis channel,
        SpectralFigures? figures,
        double measuredRateHz
    )
    {
        var moments = channel.Moments;
        var density = channel.Density();
        var measures = new ChannelMeasures
        {
            SampleCount = moments.Count,
            MissingSampleCount = channel.Missing,
            RateHz = measuredRateHz,
            Duration = DurationOf(stream, channel),
            Mean = moments.Count == 0 ? double.NaN : moments.Mean,
            Variance = moments.Variance,
            RootMeanSquare = moments.RootMeanSquare,
            ExcessKurtosis = moments.ExcessKurtosis,
            LineNoiseRatio = figures?.LineNoiseRatio(density) ?? double.NaN,
            PeakFrequencyHz = figures?.PeakFrequency(density) ?? double.NaN,
        };
        measures.BandPowers.AddRange((figures?.Bands ?? []).Select(band => figures!.PowerIn(band, density)));
        return measures;
    }

    /// <summary>What both channels have in common.</summary>
    public static void AddCommon(ChannelComparison comparison, LockstepPlan plan, PairAnalysis pair)
    {
        if (pair.Peak() is { } peak)
        {
            comparison.PeakCorrelation = peak.Correlation;
            comparison.PeakLagSeconds = peak.Lag / plan.Spectrum!.Rate;
        }

        comparison.BandCoherences.AddRange(plan.Figures!.Bands.Select(pair.Coherence));
    }

    private static Duration DurationOf(MeasuredStream stream, ChannelAnalysis channel)
    {
        var samples = channel.FirstSample < 0 ? 0 : channel.EndSample - channel.FirstSample;
        var (seconds, nanos) = Math.DivRem(stream.Descriptor.Rate.ToNanoseconds(samples), NanosecondsPerSecond);
        return new() { Seconds = seconds, Nanos = (int)nanos };
    }
}
