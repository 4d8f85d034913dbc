using System.Text;
using Dendrite.Errors;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Records of a dataset that a revert brings back, of which merges left several rows beside each other while it was
/// deleted: nobody looked at them then, so the newest lacks what the others say. Thread-safe.
/// </summary>
public sealed class ReturningRecords(DivergedRecords divergedRecords, CrosswiseRecords crosswise, MergeLimits limits)
{
    /// <summary>Records of one round trip; each comes with its versions.</summary>
    private const int PageSize = 500;

    /// <summary>
    /// Those whose newest row is not all that the branch has of them, each with what all come together to as its base
    /// and its target's row. No round trip where no dataset comes back; otherwise the cost follows what was written
    /// since.
    /// </summary>
    /// <param name="since">From what the branch saw right after the commit to its head, the target.</param>
    /// <param name="coming">Datasets as they come back.</param>
    /// <exception cref="DendriteException">
    /// NOT_REVERTIBLE: what was written contradicts itself. QUOTA_EXCEEDED.
    /// </exception>
    internal async Task<IReadOnlyList<(DivergedRecord Row, StoredRecord Joined)>> ListAsync(
        DivergedView since,
        IReadOnlyDictionary<DatasetId, MergedDataset> coming,
        CancellationToken cancellationToken
    )
    {
        var asked = new List<DivergedRecord>();
        if (coming.Count > 0)
        {
            var documents = limits.Begin();
            await foreach (var row in divergedRecords.StreamAsync(since, DivergedSides.Target, cancellationToken))
            {
                if (row.IsTargetShadowing && coming.ContainsKey(row.Dataset))
                {
                    documents.Add(row.Target);
                    asked.Add(row with { Base = row.Target });
                }
            }
        }

        var head = since with { Base = since.Target };
        var returning = new List<(DivergedRecord, StoredRecord)>();
        foreach (var page in asked.Chunk(PageSize))
        {
            var found = await crosswise.ListUnshownAsync(head, page, cancellationToken);
            returning.AddRange(
                page.Zip(found)
                    .Where(pair => pair.Second.Count > 0)
                    .Select(pair => (pair.First, Join(coming[pair.First.Dataset], pair.First, pair.Second)))
            );
        }

        return returning;
    }

    /// <summary>The row that the branch would have, had the dataset been there.</summary>
    private static StoredRecord Join(MergedDataset dataset, DivergedRecord row, IReadOnlyList<SeenRecord> seen)
    {
        var joined = RecordMerging.JoinBase(dataset, row, seen);
        if (!joined.SaysAll)
        {
            throw new DendriteException(
                ErrorReason.NotRevertible,
                $"While dataset '{dataset.Name}' was deleted, merges brought changes of record "
                    + $"{MergedRecord.IdOf(dataset, row.Key)} that contradict each other: pick the dataset from the "
                    + "state before it was deleted, and the records that were changed since from their branches."
            );
        }

        // Cells of columns that the dataset does not have stay, as in any record that is written.
        var former = row.Target!.Document is { } document
            ? RecordDocument.Parse(Encoding.UTF8.GetString(document.Span))
            : null;
        var cells = MergedRecord.CellsOf(dataset, joined.Cells);
        return row.Target with
        {
            Document = cells is { } known ? Encoding.UTF8.GetBytes(known.ToDocument(former).ToJson()) : null,
        };
    }
}
