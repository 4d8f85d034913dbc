using Dendrite.Errors;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>What stands in the way of datasets that a revert would delete or bring back. Thread-safe.</summary>
public sealed class RevertedDatasets(DatasetStore datasets, DivergedRecords records)
{
    /// <summary>Records of one round trip.</summary>
    private const int PageSize = 1_000;

    /// <summary>
    /// The datasets among those that would go which show a record that was written since: written and deleted again, or
    /// written back, there is nothing to lose. No round trip where none goes; otherwise the cost follows what was
    /// written since.
    /// </summary>
    /// <param name="since">From what the branch saw right after the commit to its head, the target.</param>
    /// <param name="rows">Datasets of the commit: its state before flows into the head.</param>
    internal async Task<IReadOnlyList<DivergedCount>> CountSinceAsync(
        DivergedView since,
        IReadOnlyList<DivergedRow> rows,
        CancellationToken cancellationToken
    )
    {
        var going = GoingOf(rows);
        if (going.Count == 0)
        {
            return [];
        }

        var counts = await records.CountAsync(since, cancellationToken);
        var kept = new List<DivergedCount>();
        foreach (var count in counts.Where(count => going.Contains(count.Dataset)))
        {
            if (await IsShownAsync(since, count.Dataset, cancellationToken))
            {
                kept.Add(count);
            }
        }

        return kept;
    }

    /// <summary>
    /// A dataset does not come back beside another one that has its name now, unless that goes with the same revert.
    /// </summary>
    /// <exception cref="DendriteException">NOT_REVERTIBLE.</exception>
    internal async Task DemandFreeNamesAsync(
        RecordView head,
        IReadOnlyList<DivergedRow> rows,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var going = GoingOf(rows);
        var coming = rows.Where(row => row.Source is { IsLive: true } && row.Target is not { IsLive: true });
        foreach (var name in coming.Select(row => MergedDataset.NameOf(row.Source!.Columns)))
        {
            if (await datasets.FindAsync(head, name, cancellationToken) is { } other && !going.Contains(other.Id))
            {
                throw new DendriteException(
                    ErrorReason.NotRevertible,
                    $"Commit {version} deleted dataset '{name}', and the branch has another one of that name now: "
                        + "delete that one first."
                );
            }
        }
    }

    /// <summary>Datasets that are there and would be deleted.</summary>
    private static HashSet<DatasetId> GoingOf(IReadOnlyList<DivergedRow> rows) =>
        [
            .. rows.Where(row => row.Source is not { IsLive: true } && row.Target is { IsLive: true })
                .Select(row => MergedDataset.IdOf(row.Target!.Columns)),
        ];

    private async Task<bool> IsShownAsync(DivergedView since, DatasetId dataset, CancellationToken cancellationToken)
    {
        (DatasetId Dataset, ReadOnlyMemory<byte> Key)? after = (dataset, ReadOnlyMemory<byte>.Empty);
        while (true)
        {
            var page = await records.ListAsync(since, DivergedSides.Target, after, PageSize, cancellationToken);
            foreach (var record in page)
            {
                if (record.Dataset != dataset)
                {
                    return false;
                }

                if (IsNew(record))
                {
                    return true;
                }
            }

            if (page.Count < PageSize)
            {
                return false;
            }

            after = (dataset, page[^1].Key);
        }
    }

    private static bool IsNew(DivergedRecord record) =>
        record.Target?.Document is { } now
        && (record.Base?.Document is not { } then || !now.Span.SequenceEqual(then.Span));
}
