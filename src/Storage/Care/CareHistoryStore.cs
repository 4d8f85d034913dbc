using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Care;

/// <summary>Reads what tables and indexes were like over time. Thread-safe.</summary>
public sealed class CareHistoryStore(PlatformDatabase database)
{
    /// <summary>Every table at every look since an instant, the oldest first. One round trip.</summary>
    /// <param name="until">Later looks do not count: a clock was ahead.</param>
    public async Task<ILookup<string, TableFigure>> ReadTablesAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        var figures = await QueryAsync(
            """
            SELECT table_name, look_time, heap_bytes, toast_bytes, index_bytes, live_rows, dead_rows, toast_live_rows,
                toast_dead_rows, inserted_rows, changed_rows, vacuum_time
            FROM care.table_figure WHERE look_time >= @since ORDER BY look_time
            """,
            since,
            row => new TableFigure(row.GetFieldValue<DateTimeOffset>(1), ReadTable(row)),
            cancellationToken
        );
        return figures
            .Where(figure => figure.Time <= until)
            .ToLookup(figure => figure.Measure.Table, StringComparer.Ordinal);
    }

    /// <summary>
    /// Of each index the look at which it was tightest: the fewest bytes a row. One round trip.
    /// </summary>
    /// <param name="minRows">With fewer rows it says nothing.</param>
    public async Task<IReadOnlyDictionary<string, IndexFigure>> ReadTightestIndexesAsync(
        long minRows,
        CancellationToken cancellationToken
    )
    {
        var figures = await QueryAsync(
            $"""
            SELECT DISTINCT ON (index_name) index_name, bytes, live_rows
            FROM care.index_figure WHERE live_rows >= {minRows} AND bytes > 0 AND look_time >= @since
            ORDER BY index_name, bytes::float8 / live_rows
            """,
            DateTimeOffset.UnixEpoch,
            row => new IndexFigure(row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
            cancellationToken
        );
        return figures.ToDictionary(figure => figure.Index, StringComparer.Ordinal);
    }

    /// <summary>Of each table the tightest look likewise; of its heap alone. One round trip.</summary>
    public async Task<IReadOnlyDictionary<string, IndexFigure>> ReadTightestHeapsAsync(
        long minRows,
        CancellationToken cancellationToken
    )
    {
        var figures = await QueryAsync(
            $"""
            SELECT DISTINCT ON (table_name) table_name, heap_bytes, live_rows
            FROM care.table_figure WHERE live_rows >= {minRows} AND heap_bytes > 0 AND look_time >= @since
            ORDER BY table_name, heap_bytes::float8 / live_rows
            """,
            DateTimeOffset.UnixEpoch,
            row => new IndexFigure(row.GetString(0), row.GetInt64(1), row.GetInt64(2)),
            cancellationToken
        );
        return figures.ToDictionary(figure => figure.Index, StringComparer.Ordinal);
    }

    private async Task<IReadOnlyList<T>> QueryAsync<T>(
        string sql,
        DateTimeOffset since,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var command = database.DataSource.CreateCommand(sql);
            command.Parameters.Add(new("since", NpgsqlDbType.TimestampTz) { Value = since.ToUniversalTime() });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var rows = new List<T>();
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(read(reader));
            }

            return rows;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    private static TableMeasure ReadTable(NpgsqlDataReader row) =>
        new(row.GetString(0), 0)
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
            VacuumTime = row.IsDBNull(11) ? null : row.GetFieldValue<DateTimeOffset>(11),
        };
}
