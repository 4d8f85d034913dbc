using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Compares records once more whose base has several rows that merges left beside each other, against what those come
/// together to; see <see cref="CrosswiseBase{TColumn, TValue}"/>. Other records cost nothing.
/// </summary>
internal sealed class CrosswiseMerging(CrosswiseRecords crosswise, RecordMerging merging)
{
    /// <summary>Records of one round trip; each comes with its versions in the base.</summary>
    private const int PageSize = 500;

    /// <param name="records">Changed in place.</param>
    public async Task CompareAsync(DivergedView view, List<ComparedRecord> records, CancellationToken cancellationToken)
    {
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

    /// <summary>Where both sides show the same and nothing adds up, that is the result, whatever the base.</summary>
    private static bool DependsOnBase(ComparedRecord record)
    {
        var (source, target) = (record.Merge.Sides.Source.Cells, record.Merge.Sides.Target.Cells);
        return record is { Row.MayCross: true, Dataset.Kept: null }
            && (record.Merge.IsConflict || !RecordMerging.Merger.AreEqual(source, target));
    }
}
