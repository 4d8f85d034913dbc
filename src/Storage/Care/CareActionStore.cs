using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Care;

/// <summary>Keeps what care did. Thread-safe.</summary>
public sealed class CareActionStore(PlatformDatabase database)
{
    /// <summary>The newest so many are kept.</summary>
    public const int MaxKept = 10_000;

    private const int MaxText = 2_000;

    private const string Columns = """
        action_id, kind, table_name, index_name, urgent, reason, run, start_time, end_time, outcome, message,
        bytes_before, bytes_after, dead_rows_before, dead_rows_after
        """;

    private const string LoseSql = """
        UPDATE care.action SET outcome = 'lost', end_time = @now, message = 'whoever did it is gone'
        WHERE end_time IS NULL
        """;

    private const string BeginSql = """
        INSERT INTO care.action (action_id, kind, table_name, index_name, urgent, reason, run, start_time,
            outcome, bytes_before, dead_rows_before)
        VALUES (@id, @kind, @table, @index, @urgent, @reason, @run, @start, 'running', @bytes, @dead)
        """;

    private const string EndSql = """
        UPDATE care.action SET end_time = @end, outcome = @outcome, message = @message, bytes_after = @bytes,
            dead_rows_after = @dead
        WHERE action_id = @id AND end_time IS NULL
        """;

    private static readonly (CareKind Kind, string Name)[] Kinds =
    [
        (CareKind.Vacuum, "vacuum"),
        (CareKind.Freeze, "freeze"),
        (CareKind.RebuildIndex, "rebuild_index"),
    ];

    /// <summary>
    /// Keeps what is begun, and forgets the oldest. Whatever else is unfinished was left by who is gone: only the
    /// holder of care's lock begins anything. One round trip.
    /// </summary>
    public async Task BeginAsync(CareActionRecord action, CancellationToken cancellationToken)
    {
        await using var batch = database.DataSource.CreateBatch();
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(LoseSql).With("now", NpgsqlDbType.TimestampTz, action.StartTime)
        );
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(BeginSql)
                .With("id", action.Id)
                .With("kind", Array.Find(Kinds, each => each.Kind == action.Kind).Name)
                .With("table", action.Table)
                .With("index", action.Index)
                .With("urgent", action.IsUrgent)
                .With("reason", BriefText.Cut(action.Reason, MaxText))
                .With("run", action.Run)
                .With("start", NpgsqlDbType.TimestampTz, action.StartTime)
                .With("bytes", action.BytesBefore)
                .With("dead", action.DeadRowsBefore)
        );
        batch.BatchCommands.Add(
            new(
                $"""
                DELETE FROM care.action WHERE action_id < (
                    SELECT action_id FROM care.action ORDER BY action_id DESC OFFSET {MaxKept - 1} LIMIT 1)
                """
            )
        );
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Keeps how it ended. One round trip.</summary>
    public async Task EndAsync(CareActionRecord action, CancellationToken cancellationToken)
    {
        await using var batch = database.DataSource.CreateBatch();
        batch.BatchCommands.Add(
            new NpgsqlBatchCommand(EndSql)
                .With("id", action.Id)
                .With("end", NpgsqlDbType.TimestampTz, action.EndTime)
                .With("outcome", action.Outcome.ToString().ToLowerInvariant())
                .With("message", BriefText.Cut(action.Message, MaxText))
                .With("bytes", NpgsqlDbType.Bigint, action.BytesAfter)
                .With("dead", NpgsqlDbType.Bigint, action.DeadRowsAfter)
        );
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// The last vacuum or freeze of each table that was done since an instant; later ones, by a clock that was ahead,
    /// do not count. One round trip.
    /// </summary>
    public Task<IReadOnlyList<CareActionRecord>> ListLastAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    ) =>
        QueryAsync(
            $"""
            SELECT DISTINCT ON (table_name) {Columns} FROM care.action
            WHERE kind IN ('vacuum', 'freeze') AND outcome = 'done' AND end_time BETWEEN @since AND @until
            ORDER BY table_name, action_id DESC
            """,
            command =>
            {
                command.Parameters.Add(new("since", NpgsqlDbType.TimestampTz) { Value = since.ToUniversalTime() });
                command.Parameters.Add(new("until", NpgsqlDbType.TimestampTz) { Value = until.ToUniversalTime() });
            },
            cancellationToken
        );

    /// <summary>A page, the newest first. One round trip.</summary>
    /// <param name="before">Only older ones; null: from the newest on.</param>
    /// <param name="table">Only of this table; empty: of all.</param>
    public Task<IReadOnlyList<CareActionRecord>> ListAsync(
        Guid? before,
        string table,
        int limit,
        CancellationToken cancellationToken
    ) =>
        QueryAsync(
            $"""
            SELECT {Columns} FROM care.action
            WHERE (@before::uuid IS NULL OR action_id < @before) AND (@table = '' OR table_name = @table)
            ORDER BY action_id DESC LIMIT @limit
            """,
            command =>
            {
                command.Parameters.Add(new("before", NpgsqlDbType.Uuid) { Value = (object?)before ?? DBNull.Value });
                command.Parameters.AddWithValue("table", table);
                command.Parameters.AddWithValue("limit", limit);
            },
            cancellationToken
        );

    private async Task<IReadOnlyList<CareActionRecord>> QueryAsync(
        string sql,
        Action<NpgsqlCommand> bind,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var command = database.DataSource.CreateCommand(sql);
            bind(command);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var actions = new List<CareActionRecord>();
            while (await reader.ReadAsync(cancellationToken))
            {
                actions.Add(Read(reader));
            }

            return actions;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    private static CareActionRecord Read(NpgsqlDataReader row)
    {
        var kind = row.GetString(1);
        return new(row.GetGuid(0), Array.Find(Kinds, each => each.Name == kind).Kind, row.GetString(2))
        {
            Index = row.GetString(3),
            IsUrgent = row.GetBoolean(4),
            Reason = row.GetString(5),
            Run = row.GetString(6),
            StartTime = row.GetFieldValue<DateTimeOffset>(7),
            EndTime = row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
            Outcome = Enum.Parse<CareOutcome>(row.GetString(9), ignoreCase: true),
            Message = row.GetString(10),
            BytesBefore = row.GetInt64(11),
            BytesAfter = row.IsDBNull(12) ? null : row.GetInt64(12),
            DeadRowsBefore = row.GetInt64(13),
            DeadRowsAfter = row.IsDBNull(14) ? null : row.GetInt64(14),
        };
    }
}
