using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// A stream of one side, and which of its channels are measured. Compared by reference: of a snapshot that is compared
/// with itself both sides are alike, and are two.
/// </summary>
/// <param name="snapshot">What that side sees.</param>
/// <param name="channels">Indexes into the stream's channels, ascending; those that have a counterpart.</param>
internal sealed class MeasuredStream(
    ProjectId project,
    Snapshot snapshot,
    SignalStream stream,
    IReadOnlyList<int> channels
)
{
    /// <summary>Samples of a window of a stream without a rate, which has no spectra: only what is read at
    /// once.</summary>
    private const int WithoutRate = 4_096;

    public ProjectId Project => project;

    public Snapshot Snapshot => snapshot;

    public SignalStream Stream => stream;

    public IReadOnlyList<int> Channels => channels;

    public SignalStreamDescriptor Descriptor => Stream.Descriptor;

    public long SampleCount => Stream.Progress.NextSample;

    /// <summary>In Hz; 0: irregular.</summary>
    public double Rate => (double)Descriptor.Rate.Samples / Descriptor.Rate.Seconds;

    /// <summary>Samples of a window: even, so that segments that begin at each half of one are its own too.</summary>
    public int WindowSize(double seconds) =>
        Descriptor.Rate.Samples == 0 ? WithoutRate : 2 * (int)Math.Max(1, Math.Round(seconds * Rate / 2));

    /// <summary>
    /// Whether sample n of both is of the same moment: one rate, and one recording or one instant of sample 0.
    /// </summary>
    public bool SharesClockWith(MeasuredStream other) =>
        Descriptor.Rate.Samples > 0
        && Descriptor.Rate == other.Descriptor.Rate
        && (Stream.Uid == other.Stream.Uid || Descriptor.StartTimeNs == other.Descriptor.StartTimeNs);
}
