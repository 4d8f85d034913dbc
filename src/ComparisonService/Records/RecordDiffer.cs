using System.Runtime.CompilerServices;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Records;

namespace Dendrite.ComparisonService.Records;

/// <summary>Where a walk through records that differ goes on.</summary>
/// <param name="Dataset">Id of the dataset.</param>
/// <param name="Key">The last key that was given out.</param>
/// <param name="IsOld">Whether it was a record of the old side only: the new side may have another of that key.</param>
public sealed record RecordPlace(string Dataset, ReadOnlyMemory<byte> Key, bool IsOld);

/// <summary>
/// The records that two snapshots show differently, by dataset and key. Of datasets that both sides share only the rows
/// written beyond their base are looked at; of a dataset that one side does not have all records differ, and are read.
/// Thread-safe.
/// </summary>
public sealed class RecordDiffer(RecordDiffStore store, RecordReader reader)
{
    /// <summary>Records of one page of a dataset that is read whole: a megabyte or so.</summary>
    private const int PageRecords = 2_000;

    /// <summary>The datasets that may differ, by name. One round trip.</summary>
    public async Task<IReadOnlyList<DatasetPair>> ListDatasetsAsync(
        ComparedSnapshots compared,
        CancellationToken cancellation
    ) => DatasetPairing.Pair(await store.ListDatasetsAsync(compared, cancellation));

    /// <summary>
    /// All that differs, as it is found. Holds a connection while it is enumerated beyond the first 1,000 rows.
    /// </summary>
    /// <param name="compared">The two sides.</param>
    /// <param name="pairs">Which datasets, in the order wanted.</param>
    /// <param name="options">Where to begin, and what counts.</param>
    /// <param name="cancellation">Stops the statement.</param>
    public async IAsyncEnumerable<RecordChange> CompareAsync(
        ComparedSnapshots compared,
        IReadOnlyList<DatasetPair> pairs,
        RecordDiffOptions options,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (after, left) = (options.After, pairs);
        if (after is not null)
        {
            left = [.. pairs.SkipWhile(pair => string.CompareOrdinal(pair.Name, after.Dataset) < 0)];
        }

        // What lies together is read together: one statement for many datasets of which little differs.
        while (left.Count > 0)
        {
            var isRead = IsReadWhole(left[0], options);
            var run = isRead ? [left[0]] : left.TakeWhile(pair => !IsReadWhole(pair, options)).ToList();
            var place = after?.Dataset == left[0].Name ? after : null;
            var rows = isRead
                ? ReadBothAsync(compared, left[0], place, cancellation)
                : store.ReadAsync(compared, [.. run.Select(pair => pair.To!.Id)], place?.Key, cancellation);
            await foreach (var change in CompareAsync(rows, run, options, cancellation))
            {
                yield return change;
            }

            left = [.. left.Skip(run.Count)];
        }
    }

    private static async IAsyncEnumerable<RecordChange> CompareAsync(
        IAsyncEnumerable<RecordSides> rows,
        IReadOnlyList<DatasetPair> pairs,
        RecordDiffOptions options,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var comparers = pairs.ToDictionary(
            pair => (pair.To ?? pair.From)!.Id,
            pair => new RecordComparer(pair, options.IsWhole)
        );
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            if (comparers[row.Dataset].Compare(row.Key, row.From, row.To) is { } change)
            {
                yield return change;
            }
        }
    }

    /// <summary>
    /// Whether rows beyond the base do not say all that differs: a side lacks the dataset, or the texts of records
    /// change with the names of their columns.
    /// </summary>
    private static bool IsReadWhole(DatasetPair pair, RecordDiffOptions options) =>
        !pair.IsShared || (options.IsWhole && !pair.Columns.IsSame);

    /// <summary>All records of both sides, in pairs by key. No connection is held between two pages.</summary>
    private async IAsyncEnumerable<RecordSides> ReadBothAsync(
        ComparedSnapshots compared,
        DatasetPair pair,
        RecordPlace? after,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var keys = after is null ? KeyRange.All : KeyRange.All.After(after.Key);
        var newKeys = after is { IsOld: true } && !pair.HasOneKey ? new(after.Key, null) : keys;
        var (from, to) = (
            new RecordView(compared.Project, compared.From),
            new RecordView(compared.Project, compared.To)
        );
        await using var old = ReadAsync(from, pair.From, keys, cancellation).GetAsyncEnumerator(cancellation);
        await using var current = ReadAsync(to, pair.To, newKeys, cancellation).GetAsyncEnumerator(cancellation);
        var (hasOld, hasCurrent) = (await old.MoveNextAsync(), await current.MoveNextAsync());
        var dataset = (pair.To ?? pair.From)!.Id;
        while (hasOld || hasCurrent)
        {
            var order = Order(hasOld ? old.Current : null, hasCurrent ? current.Current : null);
            var (left, right) = (order <= 0 ? old.Current : null, order >= 0 ? current.Current : null);
            if (order == 0 && !pair.HasOneKey)
            {
                // The same bytes, and another key: two records.
                yield return new(dataset, left!.Key, left, null);
                yield return new(dataset, right!.Key, null, right);
            }
            else
            {
                yield return new(dataset, (left ?? right)!.Key, left, right);
            }

            hasOld = order <= 0 ? await old.MoveNextAsync() : hasOld;
            hasCurrent = order >= 0 ? await current.MoveNextAsync() : hasCurrent;
        }
    }

    private async IAsyncEnumerable<StoredRecord> ReadAsync(
        RecordView view,
        DatasetSide? side,
        KeyRange keys,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var limit = PageRecords;
        while (side is not null)
        {
            var query = new RecordQuery(side.Id) { Keys = keys };
            var page = await reader.ListAsync(view, query, limit, cancellation);
            foreach (var record in page.Items)
            {
                yield return record;
            }

            if (!page.More)
            {
                yield break;
            }

            keys = keys.After(page.Items[^1].Key);
            limit = page.RowsAtOnce(PageRecords);
        }
    }

    private static int Order(StoredRecord? from, StoredRecord? to) =>
        from is null ? 1
        : to is null ? -1
        : from.Key.Span.SequenceCompareTo(to.Key.Span);
}

/// <summary>How records are compared.</summary>
public sealed record RecordDiffOptions
{
    /// <summary>The last record of the page before; null: from the first one.</summary>
    public RecordPlace? After { get; init; }

    /// <summary>As in <see cref="RecordComparer"/>.</summary>
    public bool IsWhole { get; init; }
}
