using System.Globalization;
using Dendrite.Errors;
using Dendrite.Operations;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Microsoft.Extensions.Options;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Measures both sides of each pair and tests whether they differ.</summary>
internal sealed class ExperimentComparer(
    SignalStreamStore streams,
    BlockStore blocks,
    TimeAnchorStore anchors,
    KeptStates states,
    IOptions<ExperimentOptions> options,
    TimeProvider time
)
{
    /// <summary>Changes whenever the same snapshots would give other figures: kept results of the old way count no
    /// more.</summary>
    public static readonly byte[] Revision = "figures 3"u8.ToArray();

    /// <summary>
    /// Reads every paired channel once. What is known is kept with the work, so that another attempt goes on.
    /// </summary>
    public async Task<ExperimentComparison> CompareAsync(
        OperationWork work,
        SettledComparison settled,
        CancellationToken cancellation
    )
    {
        var comparison = settled.ReadComparison();
        var from = await FindSideAsync(work, settled.ReadFrom(), comparison, isNew: false, cancellation);
        var to = await FindSideAsync(work, settled.ReadTo(), comparison, isNew: true, cancellation);
        var plan = new ComparisonPlan(comparison, from, to);
        CheckWindows(plan.Plans, comparison.Options);
        var run = new LockstepRun(blocks, work, options.Value.KeepInterval, time);
        var analyses = await run.RunAsync(plan.Plans, cancellation);
        var rates = new MeasuredRates(anchors);
        var writer = new ComparisonWriter(work, comparison, plan, analyses, rates, options.Value.HeldFeatureBytes);
        for (var i = 0; i < comparison.Channels.Count; i++)
        {
            await work.TellAsync("testing differences", i, comparison.Channels.Count, "channels", cancellation);
            await writer.FillAsync(i, cancellation);
        }

        await states.DemandAsync(work.Project, [settled.ReadFrom(), settled.ReadTo()], cancellation);
        FeatureComparison.Adjust(comparison.Channels);
        return comparison;
    }

    /// <summary>Tests of a channel look at all of its windows at once.</summary>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: more than are held.</exception>
    private void CheckWindows(IEnumerable<LockstepPlan> plans, ExperimentComparisonOptions asked)
    {
        var figures = WindowFeatures.NamesFor(asked.Bands.Select(band => band.Band)).Count;
        var tested = plans.Where(plan => plan.Figures is not null);
        if (tested.MaxBy(plan => plan.WindowCount) is not { } longest)
        {
            return;
        }

        if (FeatureParts.ChannelBytes(longest, figures) > options.Value.HeldFeatureBytes)
        {
            var stream = longest.Streams.MaxBy(one => one.SampleCount)!;
            throw DendriteException.Invalid(
                "options.window_length",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"windows of {ExperimentSettings.SecondsOf(asked.WindowLength)} s are {longest.WindowCount} of "
                        + $"'{stream.Descriptor.Name}', and {figures} figures of each are more than is held at once; "
                        + $"make them longer"
                )
            );
        }
    }

    private async Task<ComparedSide> FindSideAsync(
        OperationWork work,
        Snapshot snapshot,
        ExperimentComparison comparison,
        bool isNew,
        CancellationToken cancellation
    )
    {
        var names = comparison.Channels.Select(one => isNew ? one.Pair.ToStreamId : one.Pair.FromStreamId).Distinct();
        List<Storage.Signals.SignalStream> found = [];
        foreach (var name in names)
        {
            if (await streams.FindAsync(work.Project, snapshot, name, cancellation) is { } stream)
            {
                found.Add(stream);
            }
        }

        return new(work.Project, snapshot, found);
    }
}

/// <summary>Section <c>Experiments</c>.</summary>
public sealed class ExperimentOptions
{
    public const string Section = "Experiments";

    /// <summary>How long work may be lost when a replica dies; what is known is written this often. Default 30
    /// s.</summary>
    public TimeSpan KeepInterval { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What the figures of windows take of one side while they are tested; those of one channel must fit. Default 128
    /// MiB: of a channel in nine figures 43 days in windows of 2 s.
    /// </summary>
    public long HeldFeatureBytes { get; set; } = 128L << 20;
}
