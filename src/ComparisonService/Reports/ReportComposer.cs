using Dendrite.ComparisonService.Experiments;
using Dendrite.ComparisonService.Records;
using Dendrite.ComparisonService.Reports.Traces;
using Dendrite.ComparisonService.Streams;
using Dendrite.Contracts.Names;
using Dendrite.Operations;
using Dendrite.Reports.Document;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Reports;

/// <summary>Gathers what a report says: nothing but what follows from its two snapshots. Thread-safe.</summary>
internal sealed class ReportComposer(
    StreamDiffer streams,
    DatasetDiffer datasets,
    RecordDiffer records,
    ExperimentComparer experiments,
    TraceReader traces,
    KeptStates states
)
{
    /// <summary>
    /// Bytes of records that differ that a report holds, as messages: larger ones than usual are fewer.
    /// </summary>
    private const int MaxRecordBytes = 1 << 20;

    /// <summary>
    /// Costs what the difference costs, one pass over the paired channels, and one over those that are drawn.
    /// </summary>
    public async Task<ReportDocument> ComposeAsync(
        OperationWork work,
        SettledReport settled,
        CancellationToken cancellation
    )
    {
        await work.TellAsync("comparing records", 0, null, "datasets", cancellation);
        var (from, to) = (settled.Comparison.ReadFrom(), settled.Comparison.ReadTo());
        var compared = new ComparedSnapshots(work.Project, from, to);
        var diff = new BranchDiff(
            await streams.CompareAsync(work.Project, from, to, cancellation),
            await datasets.CompareAsync(compared, cancellation)
        );
        var differing = await ReadRecordsAsync(compared, cancellation);
        var comparison = await experiments.CompareAsync(work, settled.Comparison, cancellation);
        var plots = await traces.ReadAsync(work, compared, comparison, cancellation);
        var units = await traces.ReadUnitsAsync(compared, comparison, cancellation);
        await states.DemandAsync(work.Project, [from, to], cancellation);
        return new()
        {
            Title = settled.Title,
            Creator = work.Creator,
            Comparand = comparison.Comparand,
            Mode = settled.Mode,
            FromCommit = settled.FromCommit,
            ToCommit = settled.ToCommit,
            Counts = diff.Count(),
            Streams = Describe(diff.Streams, comparison.Comparand),
            Datasets = [.. diff.Datasets.Take(ReportLimits.ListedItems).Select(dataset => dataset.Message)],
            Records = differing,
            Comparison = comparison,
            Plots = plots,
            Units = units,
        };
    }

    private static StreamDifference[] Describe(StreamDiff streams, ResolvedComparand comparand)
    {
        var (from, to) = (BranchName.Parse(comparand.From.Branch), BranchName.Parse(comparand.To.Branch));
        var listed = streams.Differing.Take(ReportLimits.ListedItems);
        return [.. listed.Select(pair => StreamDifferenceMapper.ToMessage(pair, from, to))];
    }

    private async Task<IReadOnlyList<RecordDifference>> ReadRecordsAsync(
        ComparedSnapshots compared,
        CancellationToken cancellation
    )
    {
        List<RecordDifference> found = [];
        var bytes = 0;
        var pairs = await records.ListDatasetsAsync(compared, cancellation);
        await foreach (var change in records.CompareAsync(compared, pairs, new(), cancellation))
        {
            var message = RecordDifferenceMapper.ToMessage(change);
            bytes += message.CalculateSize();
            if (found.Count == ReportLimits.Records || (found.Count > 0 && bytes > MaxRecordBytes))
            {
                break;
            }

            found.Add(message);
        }

        return found;
    }
}
