using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>How a recording is written as EDF or BDF.</summary>
public sealed record EdfExportOptions
{
    /// <summary>EDF for samples of 16 bits, BDF for those of 24.</summary>
    public EdfSampleWidth Width { get; init; } = EdfSampleWidth.Edf;

    /// <summary>
    /// Null for the one that fits: that of the file that the recording came from, else EDF+C, and EDF+D where there
    /// are
    /// gaps.
    /// </summary>
    public EdfVariant? Variant { get; init; }

    /// <summary>
    /// For channels whose samples the format cannot hold: the physical values between which they lie, by stream and
    /// channel. Their samples are rounded to the nearest of as many steps as the format has. Empty refuses such
    /// channels.
    /// </summary>
    public IReadOnlyDictionary<(int Stream, int Channel), (double Min, double Max)> Scales { get; init; } =
        new Dictionary<(int, int), (double, double)>();

    /// <summary>
    /// Missing samples, and what the last record lacks, are written as the value nearest to digital 0 and noted by
    /// annotations, instead of becoming gaps or being refused.
    /// </summary>
    public bool Fill { get; init; }

    /// <summary>Texts that are too long for their fields, or not ASCII, are cut instead of being refused.</summary>
    public bool Shorten { get; init; }
}
