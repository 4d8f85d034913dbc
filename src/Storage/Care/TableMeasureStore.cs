using Npgsql;

namespace Dendrite.Storage.Care;

/// <summary>
/// Reads what the server knows of the platform's tables. No page of a table is read, and no right to any is needed.
/// Thread-safe.
/// </summary>
public sealed class TableMeasureStore(PlatformDatabase database)
{
    // Tables of the platform are those of its owner, so also those of Quartz; partitions are tables of their own.
    private const string TablesSql = """
        SELECT format('%I.%I', n.nspname, c.relname), c.oid, pg_relation_size(c.oid),
            CASE WHEN c.reltoastrelid = 0 THEN 0 ELSE pg_relation_size(c.reltoastrelid) END, pg_indexes_size(c.oid),
            coalesce(s.n_live_tup, 0), coalesce(s.n_dead_tup, 0), coalesce(o.n_live_tup, 0), coalesce(o.n_dead_tup, 0),
            coalesce(s.n_tup_ins, 0), coalesce(s.n_tup_upd + s.n_tup_del, 0),
            greatest(
                greatest(age(c.relfrozenxid), age(nullif(t.relfrozenxid, '0')))::float8
                    / current_setting('autovacuum_freeze_max_age')::float8,
                greatest(mxid_age(c.relminmxid), mxid_age(nullif(t.relminmxid, '0')))::float8
                    / current_setting('autovacuum_multixact_freeze_max_age')::float8),
            greatest(s.last_vacuum, s.last_autovacuum)
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
        LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
        LEFT JOIN pg_stat_all_tables o ON o.relid = c.reltoastrelid
        WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND pg_get_userbyid(c.relowner) = 'dendrite_owner'
            AND (@oid = 0 OR c.oid = @oid)
        ORDER BY 1
        """;

    private const string IndexesSql = """
        SELECT i.indrelid, format('%I.%I', n.nspname, c.relname), c.oid, pg_relation_size(c.oid), i.indisvalid
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_class t ON t.oid = i.indrelid
        WHERE c.relkind = 'i' AND t.relkind = 'r' AND pg_get_userbyid(t.relowner) = 'dendrite_owner'
            AND (@oid = 0 OR t.oid = @oid)
        ORDER BY 2
        """;

    /// <summary>All tables, by name, with their indexes. One round trip; some milliseconds.</summary>
    public Task<IReadOnlyList<TableMeasure>> ReadAsync(CancellationToken cancellationToken) =>
        QueryAsync(0, cancellationToken);

    /// <summary>One table; null where it is gone. One round trip.</summary>
    public async Task<TableMeasure?> FindAsync(uint table, CancellationToken cancellationToken) =>
        (await QueryAsync(table, cancellationToken)).SingleOrDefault();

    /// <summary>Size of the whole database. One round trip.</summary>
    public async Task<long> ReadDatabaseBytesAsync(CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand("SELECT pg_database_size(current_database())");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// For whom the oldest dead rows are kept that a vacuum cannot remove; null: for nobody just now. What is read here
    /// is open to every role. One round trip.
    /// </summary>
    public async Task<string?> FindHolderAsync(CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            SELECT who FROM (
                SELECT 'a transaction of ' || coalesce(usename, 'the server') || ' (process ' || pid || ')' AS who,
                    greatest(age(backend_xmin), age(backend_xid)) AS age
                FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                UNION ALL
                SELECT 'replication slot ' || slot_name, age(xmin) FROM pg_replication_slots
                UNION ALL
                SELECT 'prepared transaction ' || gid, age(transaction) FROM pg_prepared_xacts
                WHERE database = current_database()
            ) AS holder
            WHERE age IS NOT NULL ORDER BY age DESC LIMIT 1
            """
        );
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>
    /// Removes an index that a rebuild left behind. False where there is none by that number, or its table is in use.
    /// </summary>
    public async Task<bool> DropLeftIndexAsync(uint index, CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand("SELECT care.drop_left_index(@index)");
        command.Parameters.Add(Oid("index", index));
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<IReadOnlyList<TableMeasure>> QueryAsync(uint table, CancellationToken cancellationToken)
    {
        await using var batch = database.DataSource.CreateBatch();
        foreach (var sql in new[] { TablesSql, IndexesSql })
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { Oid("oid", table) } });
        }

        try
        {
            await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
            var tables = new List<TableMeasure>();
            while (await reader.ReadAsync(cancellationToken))
            {
                tables.Add(Read(reader));
            }

            await reader.NextResultAsync(cancellationToken);
            var indexes = new List<(uint Table, IndexMeasure Index)>();
            while (await reader.ReadAsync(cancellationToken))
            {
                var index = new IndexMeasure(
                    reader.GetString(1),
                    reader.GetFieldValue<uint>(2),
                    reader.GetInt64(3),
                    reader.GetBoolean(4)
                );
                indexes.Add((reader.GetFieldValue<uint>(0), index));
            }

            var byTable = indexes.ToLookup(each => each.Table, each => each.Index);
            return [.. tables.Select(each => each with { Indexes = [.. byTable[each.Oid]] })];
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    private static TableMeasure Read(NpgsqlDataReader row) =>
        new(row.GetString(0), row.GetFieldValue<uint>(1))
        {
            HeapBytes = row.GetInt64(2),
            ToastBytes = row.GetInt64(3),
            IndexBytes = row.GetInt64(4),
            LiveRows = row.GetInt64(5),
            DeadRows = row.GetInt64(6),
            ToastLiveRows = row.GetInt64(7),
            ToastDeadRows = row.GetInt64(8),
            InsertedRows = row.GetInt64(9),
            ChangedRows = row.GetInt64(10),
            FreezeRatio = row.GetDouble(11),
            VacuumTime = row.IsDBNull(12) ? null : row.GetFieldValue<DateTimeOffset>(12),
        };

    private static NpgsqlParameter Oid(string name, uint value) =>
        new(name, NpgsqlTypes.NpgsqlDbType.Oid) { Value = value };
}
