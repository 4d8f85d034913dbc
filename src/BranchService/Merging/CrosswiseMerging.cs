using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Compares records once more whose base has several rows that merges left beside each other, against what those come
/// together to; see <see cref="CrosswiseBase{TColumn, TValue}"/>. Other records cost nothing.
/// </summary>
internal sealed class CrosswiseMerging(CrosswiseRecords crosswise, RecordMerging merging, MergeDecisions decisions)
{
    /// <summary>Records of one round trip; each comes with its versions in the base, some megabytes at most.</summary>
    private const int PageSize = 100;

    /// <param name="records">Changed in place.</param>
    public async Task CompareAsync(DivergedView view, List<ComparedRecord> records, CancellationToken cancellationToken)
    {
        foreach (var i in Enumerable.Range(0, records.Count).Where(i => WasGivenUp(records[i])))
        {
            records[i] = merging.CompareOpen(records[i].Dataset, records[i].Row);
        }

        var asking = Enumerable.Range(0, records.Count).Where(i => DependsOnBase(records[i])).ToList();
        foreach (var page in asking.Chunk(PageSize))
        {
            var found = await crosswise.ListAsync(view, [.. page.Select(i => records[i].Row)], cancellationToken);
            foreach (var (i, rows) in page.Zip(found))
            {
                if (rows.Count > 0)
                {
                    records[i] = merging.Compare(records[i].Dataset, records[i].Row, rows);
                }
            }
        }
    }

    private static bool WasGivenUp(ComparedRecord record) =>
        record is { Dataset: { WasGivenUp: true, Kept: null }, Row: { Base: not null, Sides: DivergedSides.Both } };

    /// <summary>
    /// Where both sides show the same that is the result, whatever the base, but for two equal changes that add up. A
    /// dataset that is decided to be as in the base asks of every record: a side that had deleted it before it took in
    /// the base's rows wrote none, and has not shown what they come together to.
    /// </summary>
    private bool DependsOnBase(ComparedRecord record)
    {
        if (record.Dataset.Kept == MergeSide.Base)
        {
            return record.Row.IsBaseShadowing;
        }

        var (source, target) = (record.Merge.Sides.Source.Cells, record.Merge.Sides.Target.Cells);
        return record is { Row.MayCross: true, Dataset.Kept: null }
            && !WasGivenUp(record)
            && (
                !RecordMerging.Merger.AreEqual(source, target)
                || (target is not null && target.Keys.Any(column => decisions.AddsUp(record.Dataset, column)))
            );
    }
}
