using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Care;

/// <summary>Keeps looks at the database, and reads their history. Thread-safe.</summary>
public sealed class CareLookStore(PlatformDatabase database)
{
    /// <summary>Any number that nobody else uses: replicas that come at once take turns.</summary>
    private const long TurnLock = 0x63617265_6C6F6F6B;

    private const string LookColumns =
        "look_time, database_bytes, disk_total_bytes, disk_used_bytes, ingest_bytes_per_second, ingest_seconds";

    private const string InsertSql = $"""
        INSERT INTO care.look (keep_until, {LookColumns})
        SELECT @keep_until, @time, @database, @total, @used, @rate, @seconds
        WHERE NOT EXISTS (SELECT FROM care.look WHERE look_time > @recent AND look_time <= @ahead)
        """;

    private const string TablesSql = """
        INSERT INTO care.table_figure (table_name, look_time, heap_bytes, toast_bytes, index_bytes, live_rows,
            dead_rows, toast_live_rows, toast_dead_rows, inserted_rows, changed_rows, vacuum_time)
        SELECT f.name, @time, f.heap, f.toast, f.index, f.live, f.dead, f.toast_live, f.toast_dead, f.inserted,
            f.changed, f.vacuumed
        FROM unnest(@names, @heap, @toast, @index, @live, @dead, @toast_live, @toast_dead, @inserted, @changed,
            @vacuumed) AS f (name, heap, toast, index, live, dead, toast_live, toast_dead, inserted, changed,
            vacuumed)
        """;

    private const string IndexesSql = """
        INSERT INTO care.index_figure (index_name, look_time, bytes, live_rows)
        SELECT f.name, @time, f.bytes, f.rows FROM unnest(@names, @bytes, @rows) AS f (name, bytes, rows)
        """;

    /// <summary>The newest look up to an instant; null before the first. One round trip.</summary>
    public async Task<CareLook?> FindLastAsync(DateTimeOffset until, CancellationToken cancellationToken) =>
        (
            await ReadAsync(
                "WHERE look_time BETWEEN @since AND @until ORDER BY look_time DESC LIMIT 1",
                DateTimeOffset.UnixEpoch,
                until,
                cancellationToken
            )
        ).SingleOrDefault();

    /// <summary>Looks since an instant, the oldest first. One round trip.</summary>
    /// <param name="until">Later ones do not count: a clock was ahead.</param>
    public Task<IReadOnlyList<CareLook>> ListAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    ) => ReadAsync("WHERE look_time BETWEEN @since AND @until ORDER BY look_time", since, until, cancellationToken);

    /// <summary>
    /// Keeps a look, and forgets those whose time has passed; one transaction, four round trips.
    /// </summary>
    /// <param name="interval">Of two looks that are closer only the first is kept.</param>
    /// <returns>False where another replica looked within the interval: nothing was kept.</returns>
    public async Task<bool> AddAsync(NewCareLook made, TimeSpan interval, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await database.DataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var add = new NpgsqlBatch(connection);
            add.BatchCommands.Add(new($"SELECT pg_advisory_xact_lock({TurnLock})"));
            await add.ExecuteNonQueryAsync(cancellationToken);
            if (!await InsertAsync(connection, made, interval, cancellationToken))
            {
                return false;
            }

            await using var rest = new NpgsqlBatch(connection);
            rest.BatchCommands.Add(TablesOf(made));
            rest.BatchCommands.Add(IndexesOf(made));
            rest.BatchCommands.Add(
                new NpgsqlBatchCommand("DELETE FROM care.look WHERE keep_until <= @now").With(
                    "now",
                    NpgsqlDbType.TimestampTz,
                    made.Look.Time
                )
            );
            await rest.ExecuteNonQueryAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    private static async Task<bool> InsertAsync(
        NpgsqlConnection connection,
        NewCareLook made,
        TimeSpan interval,
        CancellationToken cancellationToken
    )
    {
        var look = made.Look;
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(InsertSql)
                .With("keep_until", NpgsqlDbType.TimestampTz, made.KeepUntil)
                .With("time", NpgsqlDbType.TimestampTz, look.Time)
                .With("database", look.DatabaseBytes)
                .With("total", NpgsqlDbType.Bigint, look.DiskTotalBytes)
                .With("used", NpgsqlDbType.Bigint, look.DiskUsedBytes)
                .With("rate", NpgsqlDbType.Double, look.IngestBytesPerSecond)
                .With("seconds", NpgsqlDbType.Double, look.IngestSpan?.TotalSeconds)
                .With("recent", NpgsqlDbType.TimestampTz, look.Time - interval)
                .With("ahead", NpgsqlDbType.TimestampTz, look.Time + interval)
        );
        return await batch.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private static NpgsqlBatchCommand TablesOf(NewCareLook made)
    {
        var tables = made.Tables;
        var command = new NpgsqlBatchCommand(TablesSql)
            .With("time", NpgsqlDbType.TimestampTz, made.Look.Time)
            .With("names", tables.Select(each => each.Table).ToArray())
            .With(
                "vacuumed",
                NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                tables.Select(each => each.VacuumTime?.UtcDateTime).ToArray()
            );
        (string Name, Func<TableMeasure, long> Read)[] figures =
        [
            ("heap", each => each.HeapBytes),
            ("toast", each => each.ToastBytes),
            ("index", each => each.IndexBytes),
            ("live", each => each.LiveRows),
            ("dead", each => each.DeadRows),
            ("toast_live", each => each.ToastLiveRows),
            ("toast_dead", each => each.ToastDeadRows),
            ("inserted", each => each.InsertedRows),
            ("changed", each => each.ChangedRows),
        ];
        return figures.Aggregate(
            command,
            (filled, figure) => filled.With(figure.Name, tables.Select(figure.Read).ToArray())
        );
    }

    private static NpgsqlBatchCommand IndexesOf(NewCareLook made)
    {
        var indexes = made
            .Tables.SelectMany(table => table.Indexes.Select(index => (index.Index, index.Bytes, table.LiveRows)))
            .ToList();
        return new NpgsqlBatchCommand(IndexesSql)
            .With("time", NpgsqlDbType.TimestampTz, made.Look.Time)
            .With("names", indexes.Select(each => each.Index).ToArray())
            .With("bytes", indexes.Select(each => each.Bytes).ToArray())
            .With("rows", indexes.Select(each => each.LiveRows).ToArray());
    }

    private async Task<IReadOnlyList<CareLook>> ReadAsync(
        string which,
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var command = database.DataSource.CreateCommand($"SELECT {LookColumns} FROM care.look {which}");
            command.Parameters.Add(new("since", NpgsqlDbType.TimestampTz) { Value = since.ToUniversalTime() });
            command.Parameters.Add(new("until", NpgsqlDbType.TimestampTz) { Value = until.ToUniversalTime() });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var looks = new List<CareLook>();
            while (await reader.ReadAsync(cancellationToken))
            {
                looks.Add(Read(reader));
            }

            return looks;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    private static CareLook Read(NpgsqlDataReader row) =>
        new(row.GetFieldValue<DateTimeOffset>(0))
        {
            DatabaseBytes = row.GetInt64(1),
            DiskTotalBytes = row.IsDBNull(2) ? null : row.GetInt64(2),
            DiskUsedBytes = row.IsDBNull(3) ? null : row.GetInt64(3),
            IngestBytesPerSecond = row.IsDBNull(4) ? null : row.GetDouble(4),
            IngestSpan = row.IsDBNull(5) ? null : TimeSpan.FromSeconds(row.GetDouble(5)),
        };
}
