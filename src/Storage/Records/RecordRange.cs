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
    /// At most so many live records. One round trip, more only where many rows of the range are none.
    /// </summary>
    public static async Task<IReadOnlyList<StoredRecord>> ReadAsync(
        PlatformDatabase database,
        RecordView view,
        RecordQuery query,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var records = new List<StoredRecord>(Math.Min(limit, 1_000));
        for (var round = 0; ; round++)
        {
            // Twice as many each time, so that even a key with more rows than were asked for comes to its end.
            var asked = (int)Math.Min(int.MaxValue, (limit - records.Count + (long)SpareRows) << Math.Min(round, 20));
            await using var batch = view.CreateBatch(database);
            RecordQuerySql.AddRows(batch, view, query, asked);
            var rows = await batch.ReadRowsAsync(RecordSql.Read, cancellationToken);
            var isLast = rows.Count < asked;
            TakeLastOfEach(rows, isLast, records, limit);
            if (isLast || records.Count == limit)
            {
                return records;
            }

            // The last key's rows may go on: it is read again.
            query = query with
            {
                Keys = query.Keys with { From = rows[^1].Key },
            };
        }
    }

    /// <param name="isAll">Whether the last key's rows are all there.</param>
    private static void TakeLastOfEach(
        IReadOnlyList<StoredRecord> rows,
        bool isAll,
        List<StoredRecord> records,
        int limit
    )
    {
        for (var i = 0; i < rows.Count && records.Count < limit; i++)
        {
            var isLastOfKey = i + 1 < rows.Count ? !rows[i].Key.Span.SequenceEqual(rows[i + 1].Key.Span) : isAll;
            if (isLastOfKey && !rows[i].IsDeleted)
            {
                records.Add(rows[i]);
            }
        }
    }
}
