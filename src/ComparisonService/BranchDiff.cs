using Dendrite.ComparisonService.Records;
using Dendrite.ComparisonService.Streams;
using Dendrite.V1;

namespace Dendrite.ComparisonService;

/// <summary>All that differs between two snapshots, in figures.</summary>
public sealed record BranchDiff(StreamDiff Streams, IReadOnlyList<DatasetDiff> Datasets)
{
    public DiffCounts Count() =>
        new()
        {
            StreamsOnlyFrom = Streams.Differing.Count(pair => pair.To is null),
            StreamsOnlyTo = Streams.Differing.Count(pair => pair.From is null),
            StreamsChanged = Streams.Differing.Count(pair => pair is { From: not null, To: not null }),
            StreamsEqual = Streams.EqualCount,
            DatasetsOnlyFrom = Datasets.Count(diff => diff.Pair.To is null),
            DatasetsOnlyTo = Datasets.Count(diff => diff.Pair.From is null),
            DatasetsChanged = Datasets.Count(diff => diff.Pair is { From: not null, To: not null }),
            RecordsOnlyFrom = Datasets.Sum(diff => diff.OnlyFrom),
            RecordsOnlyTo = Datasets.Sum(diff => diff.OnlyTo),
            RecordsChanged = Datasets.Sum(diff => diff.Changed),
        };

    /// <summary>In the order of pages: streams, then datasets, each by id.</summary>
    public IEnumerable<BranchDiffItem> Items =>
        Streams
            .Differing.Select(pair => new BranchDiffItem(pair.Name, pair, null))
            .Concat(Datasets.Select(diff => new BranchDiffItem(diff.Pair.Name, null, diff)));
}

/// <summary>One stream or dataset of a diff.</summary>
public sealed record BranchDiffItem(string Name, StreamPair? Stream, DatasetDiff? Dataset)
{
    /// <summary>Sorts like the items: streams come before datasets.</summary>
    public string Place => Stream is null ? $"d/{Name}" : $"S/{Name}";

    public DiffSide Side => Stream?.Side ?? Dataset!.Message.Side;
}
