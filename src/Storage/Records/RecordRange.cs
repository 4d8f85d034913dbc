using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Records in the order of their keys, without a condition: what pages of a dataset are.</summary>
/// <remarks>
/// Rows come from the primary key's index by key and version, so the record of a key is the last of its neighbours. To
/// find it here costs a comparison a row; a window in SQL cost as much as all the rest of the statement.
/// </remarks>
internal static class RecordRange
{
    /// <summary>Rows asked for beyond the limit: deleted records, and keys that several timelines wrote.</summary>
    private const int SpareRows = 24;

    /// <summary>
    /// At most so many live records. One round trip, more only where many rows of the range are none. Only the last
    /// row is kept beside the page.
    /// </summary>
    public static async Task<RowPage<StoredRecord>> ReadAsync(
        PlatformDatabase database,
        RecordView view,
        RecordQuery query,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var page = new RowPageBuilder<StoredRecord>(limit, StoredRecord.SizeOf);
        for (var round = 0; ; round++)
        {
            // Twice as many each time, so that even a key with more rows than were asked for comes to its end.
            var asked = (int)Math.Min(int.MaxValue, (limit - page.Count + (long)SpareRows) << Math.Min(round, 20));
            var (rows, last) = await TakeLastOfEachAsync(database, view, query, (page, asked), cancellationToken);
            // The last key's rows may go on: it is read again.
            if (page.IsFull || rows < asked)
            {
                return page.ToPage();
            }

            query = query with { Keys = query.Keys with { From = last!.Key } };
        }
    }

    /// <summary>Adds the live records of the next rows to a page, until it is full.</summary>
    /// <returns>How many rows came, and the last: of its key it may not be.</returns>
    private static async Task<(int Rows, StoredRecord? Last)> TakeLastOfEachAsync(
        PlatformDatabase database,
        RecordView view,
        RecordQuery query,
        (RowPageBuilder<StoredRecord> Page, int Rows) asked,
        CancellationToken cancellationToken
    )
    {
        var (page, rows, last) = (asked.Page, 0, (StoredRecord?)null);
        await using var batch = view.CreateBatch(database);
        RecordQuerySql.AddRows(batch, view, query, asked.Rows);
        await batch.TakeRowsAsync(Take, () => page.AreFew(asked.Rows - rows), cancellationToken);
        if (!page.IsFull && rows < asked.Rows && last is { IsDeleted: false })
        {
            page.TryAdd(last);
        }

        return (rows, last);

        bool Take(NpgsqlDataReader reader)
        {
            var before = last;
            (last, rows) = (RecordSql.Read(reader), rows + 1);
            return before is null or { IsDeleted: true }
                || before.Key.Span.SequenceEqual(last.Key.Span)
                || page.TryAdd(before);
        }
    }
}
