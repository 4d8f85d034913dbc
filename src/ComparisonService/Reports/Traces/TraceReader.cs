using Dendrite.ComparisonService.Experiments;
using Dendrite.Operations;
using Dendrite.Reports.Document;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using SignalStream = Dendrite.Storage.Signals.SignalStream;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Reports.Traces;

/// <summary>
/// Reads what is drawn: each stream of a side once, whatever the number of its channels. Thread-safe.
/// </summary>
public sealed class TraceReader(SignalStreamStore streams, BlockStore blocks)
{
    /// <summary>One for each pair of <see cref="ChannelSelection.Plotted"/>, in its order.</summary>
    /// <param name="comparison">With its tests, by which pairs are chosen.</param>
    public async Task<IReadOnlyList<ChannelPlot>> ReadAsync(
        OperationWork work,
        ComparedSnapshots compared,
        ExperimentComparison comparison,
        CancellationToken cancellation
    )
    {
        ChannelPair[] pairs =
        [
            .. ChannelSelection.Plotted(comparison).Select(place => comparison.Channels[place].Pair),
        ];
        var from = await FindAsync(compared, compared.From, pairs.Select(pair => pair.FromStreamId), cancellation);
        var to = await FindAsync(compared, compared.To, pairs.Select(pair => pair.ToStreamId), cancellation);
        var seconds = pairs.Select(pair =>
            Math.Max(SecondsOf(from, pair.FromStreamId), SecondsOf(to, pair.ToStreamId))
        );
        var plots = pairs.Zip(seconds).ToArray();
        var old = plots.Select(
            (plot, i) => new TraceSlot(i, plot.First.FromStreamId, plot.First.FromChannel, plot.Second)
        );
        var late = plots.Select(
            (plot, i) => new TraceSlot(i, plot.First.ToStreamId, plot.First.ToChannel, plot.Second)
        );
        var oldTraces = new ChannelTrace?[pairs.Length];
        var newTraces = new ChannelTrace?[pairs.Length];
        var side = new TraceSide(work, comparison.Options, cancellation);
        await ReadAsync(side, compared with { To = compared.From }, from, old, oldTraces);
        await ReadAsync(side, compared, to, late, newTraces);
        return [.. pairs.Select((pair, i) => new ChannelPlot(pair, oldTraces[i], newTraces[i]))];
    }

    /// <summary>
    /// One for each pair of <see cref="ChannelSelection.Tabled"/>, in its order. One round trip a stream of a side.
    /// </summary>
    public async Task<IReadOnlyList<ChannelUnits>> ReadUnitsAsync(
        ComparedSnapshots compared,
        ExperimentComparison comparison,
        CancellationToken cancellation
    )
    {
        ChannelPair[] pairs = [.. ChannelSelection.Tabled(comparison).Select(place => comparison.Channels[place].Pair)];
        var from = await FindAsync(compared, compared.From, pairs.Select(pair => pair.FromStreamId), cancellation);
        var to = await FindAsync(compared, compared.To, pairs.Select(pair => pair.ToStreamId), cancellation);
        return
        [
            .. pairs.Select(pair => new ChannelUnits(
                UnitOf(from, pair.FromStreamId, pair.FromChannel),
                UnitOf(to, pair.ToStreamId, pair.ToChannel)
            )),
        ];
    }

    private static string UnitOf(Dictionary<string, SignalStream> found, string stream, string label) =>
        found.GetValueOrDefault(stream)?.Descriptor.Channels.FirstOrDefault(channel => channel.Label == label)?.Unit
        ?? "";

    private async Task<Dictionary<string, SignalStream>> FindAsync(
        ComparedSnapshots compared,
        Snapshot snapshot,
        IEnumerable<string> names,
        CancellationToken cancellation
    )
    {
        Dictionary<string, SignalStream> found = [];
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (await streams.FindAsync(new RecordView(compared.Project, snapshot), name, cancellation) is { } stream)
            {
                found[name] = stream;
            }
        }

        return found;
    }

    private static double SecondsOf(Dictionary<string, SignalStream> found, string name) =>
        found.TryGetValue(name, out var stream)
            ? stream.Descriptor.Rate.ToNanoseconds(stream.Progress.NextSample) / 1e9
            : 0;

    /// <summary>Reads what <c>compared.To</c> sees of the streams.</summary>
    private async Task ReadAsync(
        TraceSide side,
        ComparedSnapshots compared,
        Dictionary<string, SignalStream> found,
        IEnumerable<TraceSlot> slots,
        ChannelTrace?[] traces
    )
    {
        foreach (var group in slots.GroupBy(slot => slot.Stream, StringComparer.Ordinal))
        {
            // A stream without a rate has no time axis and no spectrum: its channels are not drawn.
            if (found.TryGetValue(group.Key, out var stream) && stream.Descriptor.Rate.Samples > 0)
            {
                await ReadStreamAsync(side, compared, stream, [.. group], traces);
            }
        }
    }

    private async Task ReadStreamAsync(
        TraceSide side,
        ComparedSnapshots compared,
        SignalStream stream,
        TraceSlot[] slots,
        ChannelTrace?[] traces
    )
    {
        var labels = stream.Descriptor.Channels.Select(channel => channel.Label).ToList();
        int[] channels = [.. slots.Select(slot => labels.IndexOf(slot.Channel)).Where(i => i >= 0).Distinct().Order()];
        var measured = new MeasuredStream(compared.Project, compared.To, stream, channels);
        var size = measured.WindowSize(side.WindowSeconds);
        var figures = side.FiguresAt(size, measured.Rate);
        var builders = slots
            .Where(slot => labels.Contains(slot.Channel) && slot.Seconds > 0)
            .Select(slot => (Slot: slot, Channel: labels.IndexOf(slot.Channel)))
            .Select(entry =>
                (
                    entry.Slot.Place,
                    Row: Array.IndexOf(channels, entry.Channel),
                    Builder: new TraceBuilder(
                        stream.Descriptor.Channels[entry.Channel].Unit,
                        figures,
                        entry.Slot.Seconds
                    )
                )
            )
            .ToArray();
        if (builders.Length == 0)
        {
            return;
        }

        var (frame, room) = (new double[size * 3 / 2], builders[0].Builder.MakeRoom());
        var count = (measured.SampleCount + size - 1) / size;
        await using var frames = new StreamFrames(blocks, measured, size, 0, side.Cancellation);
        for (long window = 0; window < count; window++)
        {
            await side.Work.TellAsync("drawing", window, count, "windows", side.Cancellation);
            await frames.MoveToAsync(window);
            foreach (var (_, row, builder) in builders)
            {
                frames.Read(row, frame);
                builder.Add(frame, window * size, frames.LengthOf(window), room);
            }
        }

        foreach (var (place, _, builder) in builders)
        {
            traces[place] = builder.Build(side.Confidence);
        }
    }
}

/// <summary>A channel that is drawn.</summary>
/// <param name="Place">Of the plot.</param>
/// <param name="Seconds">How much time it shows; 0 where neither side has any.</param>
internal sealed record TraceSlot(int Place, string Stream, string Channel, double Seconds);

/// <summary>How the channels of a report are measured.</summary>
internal sealed record TraceSide(
    OperationWork Work,
    ExperimentComparisonOptions Options,
    CancellationToken Cancellation
)
{
    public double WindowSeconds => ExperimentSettings.SecondsOf(Options.WindowLength);

    public double Confidence => Options.Confidence;

    public SpectralFigures FiguresAt(int windowSize, double rate)
    {
        var bands = ExperimentSettings.BandsOf(Options);
        var highest = SpectralFigures.HighestOf(bands, Options.LineFrequencyHz);
        return new(new SpectrumPlan(windowSize, rate, highest), bands, Options.LineFrequencyHz);
    }
}
