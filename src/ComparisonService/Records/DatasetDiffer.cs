using Dendrite.Storage.Comparison;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>Which datasets differ, and in how many records. Thread-safe.</summary>
public sealed class DatasetDiffer(RecordDiffer records)
{
    /// <summary>
    /// The datasets that differ, by name. Two round trips where little differs; costs what differs, and of datasets on
    /// one side only all their records.
    /// </summary>
    public async Task<IReadOnlyList<DatasetDiff>> CompareAsync(
        ComparedSnapshots compared,
        CancellationToken cancellation
    )
    {
        var pairs = await records.ListDatasetsAsync(compared, cancellation);
        var counts = pairs.ToDictionary(pair => pair.Name, _ => new long[Enum.GetValues<DiffSide>().Length]);
        await foreach (var change in records.CompareAsync(compared, pairs, new(), cancellation))
        {
            counts[change.Dataset.Name][(int)change.Side]++;
        }

        var all = pairs.Select(pair => (Pair: pair, Counts: counts[pair.Name]));
        return
        [
            .. all.Select(one => new DatasetDiff(
                    one.Pair,
                    one.Counts[(int)DiffSide.OnlyFrom],
                    one.Counts[(int)DiffSide.OnlyTo],
                    one.Counts[(int)DiffSide.Changed]
                ))
                .Where(diff => !diff.IsEqual),
        ];
    }
}
