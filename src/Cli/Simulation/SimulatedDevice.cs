using Dendrite.Cli.Import;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Simulation;

/// <summary>
/// What a simulated device gives: the same samples each time it is asked, so that what was stored can be compared.
/// </summary>
internal abstract class SimulatedDevice
{
    /// <summary>What its stream is.</summary>
    public abstract SignalStream Descriptor { get; }

    /// <summary>Samples of each channel that it will give in all.</summary>
    public abstract long SampleCount { get; }

    /// <summary>Samples a second, of each channel.</summary>
    public double RateHz => (double)Descriptor.NominalRate.Samples / Descriptor.NominalRate.Seconds;

    /// <summary>Annotations that go with it.</summary>
    public virtual IReadOnlyList<Annotation> Annotations => [];

    /// <summary>Its samples from an index on. A piece is valid until the next one is asked for.</summary>
    public abstract IAsyncEnumerable<SamplePiece> ReadAsync(long first, CancellationToken cancellationToken);

    /// <summary>An anchor of a piece as the platform takes it.</summary>
    public virtual TimeAnchor ToContract(RecordedAnchor anchor) => throw new NotSupportedException();
}

/// <summary>A stream of a file, played.</summary>
internal sealed class FileDevice(RecordingSource source, StreamPlan plan) : SimulatedDevice
{
    public override SignalStream Descriptor => plan.Descriptor;

    public override long SampleCount => plan.SampleCount;

    public override IReadOnlyList<Annotation> Annotations => plan.Annotations;

    public override IAsyncEnumerable<SamplePiece> ReadAsync(long first, CancellationToken cancellationToken) =>
        source.Reader.ReadAsync(plan.Index, first, cancellationToken);

    public override TimeAnchor ToContract(RecordedAnchor anchor) => plan.ToContract(anchor);
}
