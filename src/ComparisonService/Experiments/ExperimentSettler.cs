using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using SignalStream = Dendrite.Storage.Signals.SignalStream;
using Snapshot = Dendrite.Versioning.Snapshot;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Settles which channels are compared, before the work begins. Thread-safe.</summary>
public sealed class ExperimentSettler(SignalStreamStore streams)
{
    /// <summary>Of a page of streams of one side.</summary>
    private const int PageStreams = 500;

    /// <summary>Pairs the channels of both sides. One round trip for each 500 streams of each.</summary>
    /// <param name="options">With every default filled in.</param>
    /// <exception cref="Errors.DendriteException">
    /// STREAM_NOT_FOUND, CHANNEL_NOT_FOUND: of a pair of the caller's; QUOTA_EXCEEDED: too many for one answer.
    /// </exception>
    internal async Task<SettledComparison> SettleAsync(
        Comparison compared,
        ExperimentComparisonOptions options,
        CancellationToken cancellation
    )
    {
        var (project, from, to) = compared.Compared;
        var pairs = ChannelPairs.Of(
            options,
            await ListAsync(project, from, cancellation),
            await ListAsync(project, to, cancellation)
        );
        var comparison = Describe(compared.ToMessage(), options, pairs);
        ComparisonSize.Check(comparison);
        return SettledComparison.Of(comparison, from, to);
    }

    private static ExperimentComparison Describe(
        ResolvedComparand comparand,
        ExperimentComparisonOptions options,
        ChannelPairs pairs
    )
    {
        var comparison = new ExperimentComparison { Comparand = comparand, Options = options };
        comparison.Channels.AddRange(pairs.Pairs.Select(pair => new ChannelComparison { Pair = pair }));
        comparison.OnlyFrom.AddRange(pairs.OnlyFrom);
        comparison.OnlyTo.AddRange(pairs.OnlyTo);
        return comparison;
    }

    private async Task<List<SignalStream>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellation
    )
    {
        var view = new RecordView(project, snapshot);
        var query = new StreamListQuery(PageStreams);
        List<SignalStream> all = [];
        while (true)
        {
            var page = await streams.ListAsync(view, query, cancellation);
            all.AddRange(page);
            if (page.Count < PageStreams)
            {
                return all;
            }

            query = query with { After = new(page[^1].Descriptor.StartTimeNs, page[^1].Descriptor.Name) };
        }
    }
}
