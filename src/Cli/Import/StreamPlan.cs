using Dendrite.Signals.Edf;
using Dendrite.V1;

namespace Dendrite.Cli.Import;

/// <summary>One stream that a file becomes.</summary>
/// <param name="StreamId">Id of the stream.</param>
/// <param name="Group">The signals in it; null for a file that holds only annotations.</param>
/// <param name="Descriptor">What the stream is.</param>
/// <param name="SampleCount">Samples of each channel.</param>
/// <param name="Annotations">Annotations that go with it, their ids fixed by the file.</param>
/// <param name="Anchors">Instants of samples around gaps; empty where there is no gap.</param>
internal sealed record StreamPlan(
    string StreamId,
    EdfRateGroup? Group,
    SignalStream Descriptor,
    long SampleCount,
    IReadOnlyList<Annotation> Annotations,
    IReadOnlyList<TimeAnchor> Anchors
);
