using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;
using Band = Dendrite.Signals.Analysis.FrequencyBand;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// Streams that are read together, window by window, because channels of theirs are counterparts on one clock; or one
/// stream alone. Each stream of a comparison is in exactly one, so each is read once.
/// </summary>
/// <param name="Index">Its number in the comparison.</param>
/// <param name="Pairs">Counterparts on one clock, by stream and channel of this plan.</param>
internal sealed record LockstepPlan(
    int Index,
    IReadOnlyList<MeasuredStream> Streams,
    IReadOnlyList<LockstepPair> Pairs,
    int WindowSize
)
{
    /// <summary>Null for a stream without a rate.</summary>
    public SpectrumPlan? Spectrum { get; private init; }

    /// <summary>Null for a stream without a rate.</summary>
    public SpectralFigures? Figures { get; private init; }

    public long WindowCount => Streams.Max(stream => (stream.SampleCount + WindowSize - 1) / WindowSize);

    public LockstepPlan With(ExperimentComparisonOptions options)
    {
        if (Streams[0].Rate == 0)
        {
            return this;
        }

        Band[] bands = ExperimentSettings.BandsOf(options);
        var highest = SpectralFigures.HighestOf(bands, options.LineFrequencyHz);
        var spectrum = new SpectrumPlan(WindowSize, Streams[0].Rate, highest);
        return this with { Spectrum = spectrum, Figures = new(spectrum, bands, options.LineFrequencyHz) };
    }
}

/// <summary>Two channels of a plan.</summary>
/// <param name="Pair">Index into the comparison's pairs.</param>
/// <param name="From">Index of the stream in the plan, and of the channel among its measured ones.</param>
internal readonly record struct LockstepPair(int Pair, ChannelPlace From, ChannelPlace To);

/// <summary>A measured channel within a plan.</summary>
internal readonly record struct ChannelPlace(int Stream, int Channel);
