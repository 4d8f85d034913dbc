using System.Runtime.CompilerServices;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Synthetic;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using SampleType = Dendrite.Signals.Blocks.SampleType;

namespace Dendrite.Cli.Simulation;

/// <summary>
/// EEG out of a seed. To begin in the middle it makes everything before it again, at some ten million samples a second.
/// </summary>
internal sealed class SyntheticDevice : SimulatedDevice
{
    /// <summary>Samples of a piece: a fiftieth of a second, as amplifiers deliver them.</summary>
    private const int PiecesPerSecond = 50;

    private readonly SyntheticEegOptions options;
    private readonly SampleType type;

    /// <param name="options">Channels, rate, seed and what the signal consists of.</param>
    /// <param name="type">Of its samples.</param>
    /// <param name="seconds">How long it runs.</param>
    /// <param name="start">When it was switched on.</param>
    public SyntheticDevice(SyntheticEegOptions options, SampleType type, double seconds, DateTimeOffset start)
    {
        this.options = options;
        this.type = type;
        SampleCount = (long)(seconds * options.SampleRateHz);
        Descriptor = new()
        {
            DisplayName = "Simulated EEG",
            Device = new() { Manufacturer = "Dendrite", Model = "simulate" },
            NominalRate = new() { Samples = options.SampleRateHz, Seconds = 1 },
            StartTime = Timestamp.FromDateTimeOffset(start),
        };
        Descriptor.Channels.AddRange(Enumerable.Range(0, options.ChannelCount).Select(Channel));
    }

    public override SignalStream Descriptor { get; }

    public override long SampleCount { get; }

    public override async IAsyncEnumerable<SamplePiece> ReadAsync(
        long first,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var eeg = new SyntheticEeg(options);
        var sampleBytes = type.SizeBytes() * options.ChannelCount;
        var buffer = new byte[Math.Max(1, options.SampleRateHz / PiecesPerSecond) * sampleBytes];
        for (var next = 0L; next < SampleCount; )
        {
            cancellationToken.ThrowIfCancellationRequested();
            // The pieces before the first wanted one are made and thrown away; then they begin at it.
            var end = next < first ? first : SampleCount;
            var count = (int)Math.Min(buffer.Length / sampleBytes, end - next);
            var planar = buffer.AsMemory(0, count * sampleBytes);
            eeg.Read(type, planar.Span);
            if (next >= first)
            {
                yield return new(next, count) { Groups = [planar] };
            }

            next += count;
            if (next % (1 << 16) < count)
            {
                await Task.Yield();
            }
        }
    }

    private SignalChannel Channel(int index) =>
        new()
        {
            Label = SyntheticEeg.LabelOf(index),
            Unit = "uV",
            SampleType = (V1.SampleType)(int)type,
            Scale = SyntheticEeg.MicrovoltsPerStepOf(type),
            Modality = "EEG",
        };
}
