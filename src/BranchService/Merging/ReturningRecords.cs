using System.Text;
using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Records of a dataset that a revert brings back, of which merges left several rows beside each other while it was
/// deleted: nobody looked at them then, so the newest lacks what the others say. Thread-safe.
/// </summary>
public sealed class ReturningRecords(DivergedRecords divergedRecords, CrosswiseRecords crosswise)
{
    /// <summary>Records of one round trip; each comes with its versions, some megabytes at most.</summary>
    private const int PageSize = 100;

    /// <summary>
    /// Those of the datasets that come back with records which merges brought since. These were never held to the rules
    /// that come back: all their rules count as new. One round trip, and none where no dataset comes back.
    /// </summary>
    /// <param name="since">From what the branch saw right after the commit to its head, the target.</param>
    /// <param name="schemas">With the datasets as they come back.</param>
    internal async Task<IReadOnlySet<DatasetId>> FindDatasetsAsync(
        DivergedView since,
        MergedSchemas schemas,
        IReadOnlyCollection<DatasetId> coming,
        CancellationToken cancellationToken
    )
    {
        var found = new HashSet<DatasetId>();
        if (coming.Count == 0)
        {
            return found;
        }

        foreach (var count in await divergedRecords.CountAsync(since, cancellationToken))
        {
            if (coming.Contains(count.Dataset) && schemas.Find(count.Dataset) is { IsDeleted: false } dataset)
            {
                found.Add(dataset.Id);
                schemas.Know(dataset with { AtBase = null, Standing = [WithoutRules(dataset.Definition)] });
            }
        }

        return found;
    }

    private static DatasetDefinition WithoutRules(DatasetDefinition definition) =>
        definition with
        {
            Columns =
            [
                .. definition.Columns.Select(column => new ColumnDefinition(column.Number, column.Name, column.Type)),
            ],
            Constraints = [],
        };

    /// <summary>
    /// Records whose newest row is not all that the branch has of them, each with what all come together to. No round
    /// trip where there are no such datasets; otherwise the cost follows what was written since.
    /// </summary>
    /// <param name="since">As above.</param>
    /// <param name="brought">Datasets that come back with records which merges brought.</param>
    /// <param name="documents">Counts what is held of them, with all else that the revert holds.</param>
    /// <exception cref="DendriteException">
    /// NOT_REVERTIBLE: what was written contradicts itself. QUOTA_EXCEEDED.
    /// </exception>
    internal async Task<IReadOnlyList<(DivergedRecord Row, StoredRecord Joined)>> ListAsync(
        DivergedView since,
        MergedSchemas schemas,
        IReadOnlySet<DatasetId> brought,
        HeldDocuments documents,
        CancellationToken cancellationToken
    )
    {
        var asked = new List<DivergedRecord>();
        if (brought.Count > 0)
        {
            await foreach (var row in divergedRecords.StreamAsync(since, DivergedSides.Target, cancellationToken))
            {
                if (row.IsTargetShadowing && brought.Contains(row.Dataset))
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
                    .Select(pair => (pair.First, Join(schemas.Find(pair.First.Dataset)!, pair.First, pair.Second)))
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
        return row.Target with { Document = cells is { } known ? known.ToUtf8(former) : null };
    }
}
