using Dendrite.V1;

namespace Dendrite.Reports.Document;

/// <summary>What is drawn of a channel and its counterpart.</summary>
/// <param name="Pair">Which channels.</param>
/// <param name="From">Of the old side; null where nothing of it was measured.</param>
/// <param name="To">Of the new side; null where nothing of it was measured.</param>
public sealed record ChannelPlot(ChannelPair Pair, ChannelTrace? From, ChannelTrace? To);

/// <summary>What is drawn of one channel.</summary>
/// <param name="Unit">The unit of its values, such as <c>uV</c>; empty where the channel has none.</param>
/// <param name="Waveform">The whole recording.</param>
/// <param name="Spectrum">Its power spectral density.</param>
/// <param name="Bands">Power in each band of the comparison's options, in their order.</param>
public sealed record ChannelTrace(string Unit, Waveform Waveform, Spectrum Spectrum, IReadOnlyList<BandEstimate> Bands);

/// <summary>The envelope of a recording: the least and the greatest value in each of equal runs of time.</summary>
/// <param name="BucketSeconds">Length of a run, in seconds; the first begins at sample 0.</param>
/// <param name="Minima">In the channel's unit; NaN where the run has no sample.</param>
/// <param name="Maxima">As many as <paramref name="Minima"/>.</param>
public sealed record Waveform(double BucketSeconds, IReadOnlyList<double> Minima, IReadOnlyList<double> Maxima)
{
    public static Waveform Empty { get; } = new(1, [], []);
}

/// <summary>A one-sided power spectral density.</summary>
/// <param name="FrequenciesHz">Rising.</param>
/// <param name="Densities">In the unit squared a Hz, one for each frequency; NaN where there was too little.</param>
public sealed record Spectrum(IReadOnlyList<double> FrequenciesHz, IReadOnlyList<double> Densities)
{
    public static Spectrum Empty { get; } = new([], []);
}

/// <summary>Mean power of windows in a band, with its confidence interval.</summary>
/// <param name="Mean">In the unit squared; NaN without windows.</param>
/// <param name="Low">Lower end of the interval; NaN for fewer than two windows.</param>
/// <param name="High">Upper end of it.</param>
/// <param name="Windows">How many windows.</param>
public sealed record BandEstimate(double Mean, double Low, double High, long Windows);
