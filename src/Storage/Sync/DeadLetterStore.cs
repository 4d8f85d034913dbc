using Dendrite.Storage.Filtering;
using Npgsql;

namespace Dendrite.Storage.Sync;

/// <summary>Items of sources that could not be written. Thread-safe.</summary>
public sealed class DeadLetterStore(PlatformDatabase database)
{
    private const string Columns = """
        dead_letter_id, item, is_text, error, attempts, target, first_attempt_time, last_attempt_time, record,
        written_value
        """;

    /// <summary>A page of a source's items, oldest first. One round trip.</summary>
    /// <param name="waiting">True: those of runs that go on; false: those that were given up.</param>
    /// <param name="after">The last one of the page before; null for the first.</param>
    public async Task<IReadOnlyList<DeadLetterRecord>> ListAsync(
        SyncScope scope,
        bool waiting,
        TimedPlace? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    $"""
                    SELECT {Columns} FROM scheduling.sync_dead_letter
                    WHERE project_id = @project AND sync_source_id = @source AND waiting = @waiting
                        AND (NOT waiting OR target = @target)
                        AND (@after_id IS NULL OR (first_attempt_time, dead_letter_id) > (@after_time, @after_id))
                    ORDER BY first_attempt_time, dead_letter_id LIMIT @limit
                    """
                ),
                scope
            )
            .With("target", scope.Dataset)
            .With("waiting", waiting)
            .With(after)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>Those of these ids that were given up. One round trip.</summary>
    public async Task<IReadOnlyList<DeadLetterRecord>> FindAsync(
        SyncScope scope,
        IReadOnlyCollection<string> ids,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    $"""
                    SELECT {Columns} FROM scheduling.sync_dead_letter
                    WHERE project_id = @project AND sync_source_id = @source AND dead_letter_id = ANY (@ids)
                        AND NOT waiting
                    ORDER BY first_attempt_time, dead_letter_id
                    """
                ),
                scope
            )
            .With("ids", ids.ToArray());
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>How many there are, both sorts, of all datasets. One round trip.</summary>
    public async Task<long> CountAsync(SyncScope scope, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
            batch.Add(
                """
                SELECT count(*) FROM scheduling.sync_dead_letter
                WHERE project_id = @project AND sync_source_id = @source
                """
            ),
            scope
        );
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
    /// Settles items that were tried again: those that were written go, the others are given up. One round trip.
    /// </summary>
    /// <param name="failed">With how often they were tried now.</param>
    /// <param name="stored">What was written, where no column of the dataset says how new it is.</param>
    public async Task SettleAsync(
        SyncScope scope,
        IReadOnlyCollection<string> written,
        IReadOnlyCollection<FailedItem> failed,
        IReadOnlyCollection<WrittenItem> stored,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(scope.Project);
        About(
                batch.Add(
                    """
                    DELETE FROM scheduling.sync_dead_letter
                    WHERE project_id = @project AND sync_source_id = @source AND dead_letter_id = ANY (@written)
                    """
                ),
                scope
            )
            .With("written", written.ToArray());
        var command = About(
                batch.Add(
                    """
                    UPDATE scheduling.sync_dead_letter AS d SET waiting = false, error = f.error,
                        attempts = d.attempts + f.attempts, last_attempt_time = @now,
                        record = coalesce(f.record, d.record)
                    FROM unnest(@ids, @items, @texts, @errors, @attempts, @records)
                        AS f (id, item, is_text, error, attempts, record)
                    WHERE d.project_id = @project AND d.sync_source_id = @source AND d.dead_letter_id = f.id
                    """
                ),
                scope
            )
            .With("now", now.ToUniversalTime());
        FailedItem.AddTo(command, failed);
        if (stored.Count > 0)
        {
            WrittenItem.AddTo(About(batch.Add(WrittenItem.Note), scope).With("target", scope.Dataset), stored);
        }

        await batch.ExecuteAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, SyncScope scope) =>
        command.With("project", scope.Project.Value).With("source", scope.Source);

    private static DeadLetterRecord Read(NpgsqlDataReader row) =>
        new(
            new(row.GetString(0), row.GetString(1), row.GetBoolean(2), row.GetFieldValue<byte[]>(3), row.GetInt32(4))
            {
                Record = row.IsDBNull(8) ? null : row.GetFieldValue<byte[]>(8),
                WrittenValue = row.IsDBNull(9) ? null : row.GetString(9),
            },
            row.GetString(5)
        )
        {
            FirstAttemptTime = row.GetFieldValue<DateTimeOffset>(6),
            LastAttemptTime = row.GetFieldValue<DateTimeOffset>(7),
        };
}
