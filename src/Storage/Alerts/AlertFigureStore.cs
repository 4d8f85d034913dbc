using Dendrite.Storage.Scheduling;
using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>
/// Measures what rules watch. Dry runs count for nothing, nor do times of a clock that was ahead. Thread-safe.
/// </summary>
public sealed class AlertFigureStore(PlatformDatabase database)
{
    /// <summary>
    /// The figures of every job of a project. One round trip; its cost grows with the jobs, and with the runs of the
    /// last day.
    /// </summary>
    /// <param name="since">From when on successes are counted.</param>
    /// <param name="recent">From when on late beginnings count; those that still wait always do.</param>
    public async Task<IReadOnlyList<WatchedJob>> ReadAsync(
        ProjectId project,
        DateTimeOffset since,
        DateTimeOffset recent,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(JobsSql)
            .With("project", project.Value)
            .With("since", NpgsqlDbType.TimestampTz, since)
            .With("recent", NpgsqlDbType.TimestampTz, recent)
            .With("now", NpgsqlDbType.TimestampTz, now);
        return await batch.ReadRowsAsync(
            row => new WatchedJob(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1))
            {
                Ended = new(row.GetInt64(2), row.GetInt64(3)),
                LastEndTime = JobRow.Time(row, 4),
                LastSeconds = row.IsDBNull(5) ? null : row.GetDouble(5),
                LastSuccessTime = JobRow.Time(row, 6),
                DelaySeconds = row.IsDBNull(7) ? null : row.GetDouble(7),
                Queued = row.GetInt64(8),
            },
            cancellationToken
        );
    }

    /// <summary>Figures of the whole installation. One round trip; some milliseconds.</summary>
    public async Task<DatabaseFigures> ReadDatabaseAsync(CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand(DatabaseSql);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new(
            reader.GetInt64(0),
            reader.IsDBNull(1) ? null : reader.GetDouble(1),
            reader.IsDBNull(2) ? null : reader.GetDouble(2)
        );
    }

    // A run that waits for another, or for its paused job, is queued and not late; and one that a clock that was ahead
    // planned is not late for beginning before its time.
    private const string JobsSql = $"""
        WITH ended AS (
            SELECT job_name, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
                count(*) FILTER (WHERE state = 'failed') AS failed
            FROM scheduling.job_run
            WHERE project_id = @project AND end_time >= @since AND end_time <= @now + {SetBackStore.Apart}
                AND NOT dry_run
            GROUP BY job_name
        ), late AS (
            SELECT job_name,
                max(greatest(0, extract(epoch FROM start_time - coalesce(scheduled_time, create_time)))) AS seconds
            FROM scheduling.job_run
            WHERE project_id = @project AND end_time >= @recent AND start_time >= @recent
                AND start_time <= @now + {SetBackStore.Apart} AND NOT makes_up AND NOT dry_run
            GROUP BY job_name
        ), open AS (
            SELECT job_name, count(*) FILTER (
                    WHERE state <> 'running' AND (ready_time <= @now OR ready_time = 'infinity')) AS queued,
                max(greatest(0, extract(epoch FROM CASE WHEN state = 'running' THEN start_time ELSE @now END
                        - coalesce(scheduled_time, create_time)))) FILTER (
                    WHERE NOT makes_up AND (state = 'running' AND start_time >= @recent
                            AND start_time <= @now + {SetBackStore.Apart}
                        OR state = 'queued' AND ready_time <= @now)) AS seconds
            FROM scheduling.job_run
            WHERE project_id = @project AND end_time IS NULL AND NOT dry_run
            GROUP BY job_name
        )
        SELECT j.name::text, j.create_time, coalesce(ended.succeeded, 0), coalesce(ended.failed, 0), last.end_time,
            CASE WHEN last.start_time <= last.end_time
                THEN extract(epoch FROM last.end_time - last.start_time)::float8 END, success.end_time,
            greatest(late.seconds, open.seconds)::float8, coalesce(open.queued, 0)
        FROM scheduling.job j
        LEFT JOIN ended ON ended.job_name = j.name
        LEFT JOIN late ON late.job_name = j.name
        LEFT JOIN open ON open.job_name = j.name
        LEFT JOIN LATERAL (
            SELECT r.start_time, r.end_time FROM scheduling.job_run r
            WHERE r.project_id = @project AND r.job_name = j.name
                AND r.end_time <= @now + {SetBackStore.Apart}
                AND r.state IN ('succeeded', 'failed') AND r.start_time IS NOT NULL AND NOT r.dry_run
            ORDER BY r.end_time DESC LIMIT 1
        ) last ON true
        LEFT JOIN LATERAL (
            SELECT r.end_time FROM scheduling.job_run r
            WHERE r.project_id = @project AND r.job_name = j.name
                AND r.end_time <= @now + {SetBackStore.Apart}
                AND r.state = 'succeeded' AND NOT r.dry_run
            ORDER BY r.end_time DESC LIMIT 1
        ) success ON true
        WHERE j.project_id = @project
        ORDER BY j.name
        """;

    // The worst of the ten largest; of small tables a few dead rows are a large part, and say nothing. Long values,
    // such as samples, lie beside their table with counts of their own, and are most of what there is: so parts are
    // weighed by their bytes.
    private const string DatabaseSql = """
        SELECT pg_database_size(current_database()), (
            SELECT max((t.heap * t.dead / greatest(1, t.live + t.dead)
                    + t.toast * t.toast_dead / greatest(1, t.toast_live + t.toast_dead)) / (t.heap + t.toast))
            FROM (
                SELECT pg_relation_size(s.relid)::float8 AS heap, s.n_live_tup AS live, s.n_dead_tup AS dead,
                    coalesce(pg_relation_size(o.relid), 0)::float8 AS toast, coalesce(o.n_live_tup, 0) AS toast_live,
                    coalesce(o.n_dead_tup, 0) AS toast_dead
                FROM pg_stat_user_tables s
                JOIN pg_class c ON c.oid = s.relid
                LEFT JOIN pg_stat_all_tables o ON o.relid = c.reltoastrelid
                WHERE s.n_live_tup + s.n_dead_tup + coalesce(o.n_live_tup + o.n_dead_tup, 0) >= 10000
                ORDER BY pg_total_relation_size(s.relid) DESC NULLS LAST LIMIT 10
            ) t WHERE t.heap + t.toast > 0), (
            SELECT greatest(max(age(c.relfrozenxid))::float8 / current_setting('autovacuum_freeze_max_age')::float8,
                max(mxid_age(c.relminmxid))::float8 / current_setting('autovacuum_multixact_freeze_max_age')::float8)
            FROM pg_class c WHERE c.relkind IN ('r', 't', 'm') AND c.relpersistence <> 't'
                AND c.relfrozenxid <> '0' AND c.relminmxid <> '0')
        """;
}

/// <summary>How one job does.</summary>
public sealed record WatchedJob(string Job, DateTimeOffset CreateTime)
{
    /// <summary>Of the last day.</summary>
    public EndedRuns Ended { get; init; }

    /// <summary>Of its last run that succeeded or failed; null where none did.</summary>
    public DateTimeOffset? LastEndTime { get; init; }

    /// <summary>How long that run took, over all its attempts; null where a clock was set back over it.</summary>
    public double? LastSeconds { get; init; }

    public DateTimeOffset? LastSuccessTime { get; init; }

    /// <summary>
    /// The latest beginning of late, or of what still waits; null where nothing began and nothing waits.
    /// </summary>
    public double? DelaySeconds { get; init; }

    /// <summary>Runs that are due and have not begun.</summary>
    public long Queued { get; init; }
}

/// <summary>Figures of the whole installation.</summary>
/// <param name="Bytes">Size of the database.</param>
/// <param name="BloatRatio">Dead part of the worst of the largest tables; null where all are small.</param>
/// <param name="FreezeRatio">Of the oldest table: its age over that at which the server vacuums it by itself.</param>
public sealed record DatabaseFigures(long Bytes, double? BloatRatio, double? FreezeRatio);
