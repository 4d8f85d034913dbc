using Dendrite.Records.Cells;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Reads where cells in conflict come from, for the strategies that ask: which of two values was set later, and which
/// changes a sum holds already. Other records cost nothing.
/// </summary>
/// <param name="documents">Counts what is held of them, with all else that the merge holds.</param>
internal sealed class CellOrigins(RecordAncestors ancestors, MergeDecisions decisions, HeldDocuments documents)
{
    /// <summary>Records of one round trip; each comes with all its versions beyond the base.</summary>
    private const int PageSize = 500;

    /// <summary>Adds to the sides of the records what their rows were written over.</summary>
    /// <param name="records">Changed in place.</param>
    /// <exception cref="Errors.DendriteException">QUOTA_EXCEEDED.</exception>
    public async Task AddAsync(DivergedView view, List<ComparedRecord> records, CancellationToken cancellationToken)
    {
        var asking = Enumerable.Range(0, records.Count).Where(i => Asks(records[i])).ToList();
        foreach (var page in asking.Chunk(PageSize))
        {
            var rows = page.Select(i => records[i].Row).ToList();
            var found = await ancestors.ListAsync(view, rows, documents.Add, cancellationToken);
            foreach (var (i, ancestry) in page.Zip(found))
            {
                records[i] = WithAncestry(records[i], ancestry);
            }
        }
    }

    private bool Asks(ComparedRecord record) =>
        record.Merge.Outcome is RowMergeOutcome.CellConflict or RowMergeOutcome.BothAdded
        && record.Merge.Clashes.Any(clash =>
            decisions.StrategyOf(record.Dataset, clash.Column)
                is ColumnStrategy.SumOfDeltas
                    or ColumnStrategy.LastWriter
        );

    private static ComparedRecord WithAncestry(ComparedRecord record, IReadOnlyList<AncestralRecord> ancestry)
    {
        var rows = ancestry.Select(row => new AncestralRow<int, CellValue>(
            row.Version,
            row.Document is { } document ? RecordMerging.ReadCells(record.Dataset, document) : null,
            row.Over
        ));
        var sides = record.Merge.Sides with { Ancestry = new(ValueRules.Instance, rows) };
        return record with { Merge = record.Merge with { Sides = sides } };
    }
}
