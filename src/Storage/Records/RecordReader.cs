namespace Dendrite.Storage.Records;

/// <summary>Reads records as a snapshot shows them. Thread-safe, except within one session.</summary>
public sealed class RecordReader(PlatformDatabase database)
{
    /// <summary>
    /// The records of the keys, in the order asked, null where there never was one. A record that was deleted has no
    /// document and says in which version. One round trip; each key costs one index probe.
    /// </summary>
    public async Task<IReadOnlyList<StoredRecord?>> GetAsync(
        RecordView view,
        DatasetId dataset,
        IReadOnlyList<ReadOnlyMemory<byte>> keys,
        CancellationToken cancellationToken
    )
    {
        if (keys.Count == 0)
        {
            return [];
        }

        await using var batch = CreateBatch(view, dataset, keys, $"{RecordSql.Columns}, asked.place", "true");
        return await batch.ReadAsync<IReadOnlyList<StoredRecord?>>(
            async (reader, token) =>
            {
                var records = new StoredRecord?[keys.Count];
                while (await reader.ReadAsync(token))
                {
                    records[reader.GetInt64(4) - 1] = RecordSql.Read(reader);
                }

                return records;
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Which of the keys have a record that is there, in the order asked: nothing of the records is read but that. One
    /// round trip; each key costs one index probe.
    /// </summary>
    public async Task<IReadOnlyList<bool>> ExistAsync(
        RecordView view,
        DatasetId dataset,
        IReadOnlyList<ReadOnlyMemory<byte>> keys,
        CancellationToken cancellationToken
    )
    {
        if (keys.Count == 0)
        {
            return [];
        }

        await using var batch = CreateBatch(view, dataset, keys, "asked.place", "stored.document IS NOT NULL");
        return await batch.ReadAsync<IReadOnlyList<bool>>(
            async (reader, token) =>
            {
                var exist = new bool[keys.Count];
                while (await reader.ReadAsync(token))
                {
                    exist[reader.GetInt64(0) - 1] = true;
                }

                return exist;
            },
            cancellationToken
        );
    }

    /// <summary>
    /// At most <paramref name="limit"/> live records of a query, in its order, fewer where they are large. One round
    /// trip; by key it costs what it returns, in another order it looks at all that the query selects.
    /// </summary>
    public async Task<RowPage<StoredRecord>> ListAsync(
        RecordView view,
        RecordQuery query,
        int limit,
        CancellationToken cancellationToken
    )
    {
        if (query is { Order: null, Condition: null })
        {
            return await RecordRange.ReadAsync(database, view, query, limit, cancellationToken);
        }

        var (page, left) = (new RowPageBuilder<StoredRecord>(limit, StoredRecord.SizeOf), limit + 1);
        await using var batch = view.CreateBatch(database);
        RecordQuerySql.AddList(batch, view, query, left);
        await batch.TakeRowsAsync(
            row =>
            {
                left--;
                return page.TryAdd(RecordSql.Read(row));
            },
            () => page.AreFew(left),
            cancellationToken
        );
        return page.ToPage();
    }

    /// <summary>How many live records a query selects. One round trip; looks at them all.</summary>
    public async Task<long> CountAsync(RecordView view, RecordQuery query, CancellationToken cancellationToken)
    {
        await using var batch = view.CreateBatch(database);
        RecordQuerySql.AddCount(batch, view, query);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Every live record that a query selects, in no order: the fastest way through a whole dataset. Rows come as they
    /// are taken, and none is kept, here or by the server; a connection is held until the enumeration ends.
    /// </summary>
    public IAsyncEnumerable<StoredRecord> ScanAsync(
        RecordView view,
        RecordQuery query,
        CancellationToken cancellationToken
    ) =>
        RecordStream.ReadAsync(
            database,
            (view.Project, view.Session),
            batch => RecordQuerySql.AddScan(view.Checked(batch), view, query),
            RecordSql.Read,
            cancellationToken
        );

    /// <summary>
    /// As <see cref="ScanAsync"/>, of each record only the cells of some columns, in their order: JSON as it is stored,
    /// null where the document has none. What is not asked for is not sent.
    /// </summary>
    /// <param name="columns">Permanent numbers of columns; at least one.</param>
    public IAsyncEnumerable<IReadOnlyList<string?>> ScanCellsAsync(
        RecordView view,
        RecordQuery query,
        IReadOnlyList<int> columns,
        CancellationToken cancellationToken
    ) =>
        RecordStream.ReadAsync<IReadOnlyList<string?>>(
            database,
            (view.Project, view.Session),
            batch => RecordQuerySql.AddCellScan(view.Checked(batch), view, query, columns),
            reader =>
            {
                var cells = new string?[columns.Count];
                for (var i = 0; i < cells.Length; i++)
                {
                    cells[i] = reader.IsDBNull(i) ? null : reader.GetString(i);
                }

                return cells;
            },
            cancellationToken
        );

    /// <summary>What is asked of the records of some keys, each beside the key's place.</summary>
    private ProjectBatch CreateBatch(
        RecordView view,
        DatasetId dataset,
        IReadOnlyList<ReadOnlyMemory<byte>> keys,
        string columns,
        string condition
    )
    {
        var batch = view.CreateBatch(database).Use(PlannerSettings.ByKey);
        view.Bind(
            batch
                .Add(
                    $"""
                    SELECT {columns}
                    FROM unnest(@keys) WITH ORDINALITY AS asked (key, place)
                    CROSS JOIN LATERAL ({RecordSql.Winner("@dataset", "asked.key", view)}) AS stored
                    WHERE {condition}
                    """
                )
                .With("project", view.Project.Value)
                .With("dataset", dataset.Value)
                .With("keys", keys.Select(key => key.ToArray()).ToArray())
        );
        return batch;
    }
}
