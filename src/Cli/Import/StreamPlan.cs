using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>One stream that a file becomes.</summary>
/// <param name="StreamId">Id of the stream.</param>
/// <param name="Index">Its place in the recording.</param>
/// <param name="Recorded">What the file says of it.</param>
/// <param name="Descriptor">What the stream is.</param>
/// <param name="Annotations">Annotations that go with it, their ids fixed by the file.</param>
/// <param name="Began">The instant from which the recording's seconds count.</param>
internal sealed record StreamPlan(
    string StreamId,
    int Index,
    RecordedStream Recorded,
    SignalStream Descriptor,
    IReadOnlyList<Annotation> Annotations,
    DateTimeOffset Began
)
{
    /// <summary>Of each channel, those in gaps included.</summary>
    public long SampleCount => Recorded.SampleCount;

    /// <summary>An anchor as the platform takes it.</summary>
    public TimeAnchor ToContract(RecordedAnchor anchor)
    {
        var mapped = new TimeAnchor { Sample = anchor.Sample, Instant = ExactTime.After(Began, anchor.Seconds) };
        if (anchor.DeviceSeconds is { } device)
        {
            mapped.DeviceSeconds = device;
        }
        if (anchor.ClockOffsetSeconds is { } offset)
        {
            mapped.ClockOffsetSeconds = offset;
        }
        return mapped;
    }
}
