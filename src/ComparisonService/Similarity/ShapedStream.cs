using Dendrite.ComparisonService.Sampling;
using Dendrite.Signals.Analysis.Windows;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>A stream as one snapshot shows it, cut into windows from sample 0 on.</summary>
/// <param name="Name">Its resource name.</param>
/// <param name="WindowLength">Samples of a window, such that a plan of it fits. Plans themselves are made where windows
/// are measured: they are large, and of most streams none are.</param>
/// <param name="Channels">Those that are looked at: indexes into the stream's channels, ascending.</param>
internal sealed record ShapedStream(string Name, SampledStream Sampled, long WindowLength, IReadOnlyList<int> Channels)
{
    /// <summary>Samples of all channels in a chunk: what is measured before it is kept, half a second's work.</summary>
    public const long ChunkSamples = 1 << 22;

    private const long MostWindows = 256;

    /// <summary>Bytes that one window holds while it is open.</summary>
    public long OpenBytes => ShapePlan.OpenBytesOf(WindowLength, Sampled.Rate);

    public string LabelOf(int channel) => Sampled.Descriptor.Channels[channel].Label;

    /// <summary>
    /// Its whole windows. A recording that goes on has more later, and those before stay what they were.
    /// </summary>
    public SampleRange Whole => new(0, Sampled.Length / WindowLength * WindowLength);

    /// <summary>
    /// Windows that are measured and kept together: the same of the stream in every branch, whatever channels are
    /// looked at.
    /// </summary>
    public long WindowsPerChunk =>
        Math.Clamp(ChunkSamples / (WindowLength * Sampled.Descriptor.Channels.Count), 1, MostWindows);
}

/// <summary>A run of windows of a stream.</summary>
/// <param name="Range">Its samples: whole windows.</param>
/// <param name="Runs">For each channel that is looked at, its windows.</param>
internal sealed record ShapeChunk(ShapedStream Stream, SampleRange Range, IReadOnlyList<ChannelRun> Runs)
{
    /// <summary>
    /// Channels that are measured at once: what they hold fits in memory, and what is measured before it is kept is no
    /// more than a chunk should be, also where one window is more than that.
    /// </summary>
    public int ChannelsPerPass =>
        (int)
            Math.Clamp(
                Math.Min(ShapeMeter.PassBytes / Stream.OpenBytes, ShapedStream.ChunkSamples / Range.Count),
                1,
                int.MaxValue
            );
}

/// <summary>What one channel shows in a chunk.</summary>
/// <param name="Key">What the shapes of all its windows are kept under.</param>
/// <param name="Windows">Those of which anything is seen, by place in the chunk, and a digest of what that is: the same
/// wherever the window shows the same, whatever lies beside it.</param>
internal sealed record ChannelRun(int Channel, UInt128 Key, IReadOnlyList<(int Place, UInt128 Seen)> Windows);
