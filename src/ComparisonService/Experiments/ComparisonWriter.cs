using Dendrite.Operations;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>
/// Fills in the figures of pairs, one after the other. Of window figures it holds a batch of channels for each side.
/// Not thread-safe.
/// </summary>
/// <param name="heldBytes">What a batch may take; one channel is held whatever it takes.</param>
internal sealed class ComparisonWriter(
    OperationWork work,
    ExperimentComparison comparison,
    ComparisonPlan plan,
    IReadOnlyList<LockstepAnalysis> analyses,
    MeasuredRates rates,
    long heldBytes
)
{
    private readonly IReadOnlyList<string> names = WindowFeatures.NamesFor(
        comparison.Options.Bands.Select(band => band.Band)
    );

    private readonly Dictionary<bool, (int Plan, int Stream, FeatureBatch Batch)> batches = [];

    public async Task FillAsync(int index, CancellationToken cancellation)
    {
        var channel = comparison.Channels[index];
        var (from, to) = (plan.Find(channel.Pair, isNew: false), plan.Find(channel.Pair, isNew: true));
        channel.From = await MeasureAsync(from, isNew: false, cancellation);
        channel.To = await MeasureAsync(to, isNew: true, cancellation);
        channel.Tests.AddRange(
            FeatureComparison.Compare(
                names,
                await ReadAsync(from, isNew: false, cancellation),
                await ReadAsync(to, isNew: true, cancellation),
                comparison.Options.Confidence
            )
        );
        foreach (var (i, pair) in from.Plan.Pairs.Index())
        {
            if (pair.Pair == index)
            {
                MeasureMapper.AddCommon(channel, from.Plan, analyses[from.Plan.Index].Pairs[i]);
            }
        }

        channel.Remark = ComparisonRemarks.Of(channel, SideOf(from), SideOf(to), comparison.Options);
    }

    private async Task<ChannelMeasures> MeasureAsync(
        (LockstepPlan Plan, ChannelPlace Place) at,
        bool isNew,
        CancellationToken cancellation
    )
    {
        var side = SideOf(at);
        var rate = await rates.FindAsync(side.Stream, isNew, cancellation);
        return MeasureMapper.Measures(side.Stream, side.Analysis, side.Figures, rate);
    }

    private async Task<List<double>[]> ReadAsync(
        (LockstepPlan Plan, ChannelPlace Place) at,
        bool isNew,
        CancellationToken cancellation
    )
    {
        var features = analyses[at.Plan.Index].FeatureCount;
        if (features == 0)
        {
            return [];
        }

        if (
            !batches.TryGetValue(isNew, out var held)
            || (held.Plan, held.Stream) != (at.Plan.Index, at.Place.Stream)
            || !held.Batch.Holds(at.Place.Channel)
        )
        {
            var parts = new FeatureParts(at.Plan, features);
            var batch = await parts.ReadAsync(work, at.Place, heldBytes, cancellation);
            batches[isNew] = held = (at.Plan.Index, at.Place.Stream, batch);
        }

        return held.Batch.Of(at.Place.Channel);
    }

    private RemarkedSide SideOf((LockstepPlan Plan, ChannelPlace Place) at)
    {
        var stream = at.Plan.Streams[at.Place.Stream];
        var channel = stream.Descriptor.Channels[stream.Channels[at.Place.Channel]];
        var analysis = analyses[at.Plan.Index].Channels[at.Place.Stream][at.Place.Channel];
        return new(stream, channel, analysis, at.Plan.Figures);
    }
}
