using NpgsqlTypes;

namespace Dendrite.Storage.Care;

/// <summary>
/// What each project's rows take up, estimated from pages that the server picks: bounded in cost however large the
/// tables are, and exact where they are small. Thread-safe.
/// </summary>
/// <remarks>
/// The same pages are picked each time (REPEATABLE), so that the estimates of two looks differ by what was written and
/// not by luck. Of samples and records only; payloads that lie beside their row are measured without being read.
/// </remarks>
public sealed class ProjectSizeStore(PlatformDatabase database)
{
    /// <summary>Pages of each table that are read for one project: 16 MiB, some tens of milliseconds.</summary>
    public const int MaxPages = 2_000;

    /// <summary>Besides what is counted, in each row: its header, its numbers and digest.</summary>
    private const int BlockOverhead = 140;

    private const int RecordOverhead = 100;

    /// <summary>Measures one project, keeps it, and thins its history. Two round trips.</summary>
    public async Task<ProjectSize> MeasureAsync(
        ProjectId project,
        (DateTimeOffset Time, DateTimeOffset KeepUntil) look,
        CancellationToken cancellationToken
    )
    {
        var (blocks, records) = await ReadPercentsAsync(cancellationToken);
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                INSERT INTO care.project_size (
                    project_id, look_time, keep_until, signal_bytes, record_bytes, read_ratio)
                SELECT @project, @time, @keep_until, signals.bytes, records.bytes, @ratio
                FROM (
                    SELECT (coalesce(sum(pg_column_size(b.payload) + pg_column_size(b.summary)
                        + coalesce(pg_column_size(b.metadata), 0) + {BlockOverhead}), 0) * 100 / @blocks)::bigint
                        AS bytes
                    FROM signals.block b TABLESAMPLE SYSTEM (@blocks) REPEATABLE (1) WHERE b.project_id = @project
                ) AS signals, (
                    SELECT (coalesce(sum(octet_length(r.key) + coalesce(pg_column_size(r.document), 0)
                        + {RecordOverhead}), 0) * 100 / @records)::bigint AS bytes
                    FROM records.row r TABLESAMPLE SYSTEM (@records) REPEATABLE (1) WHERE r.project_id = @project
                ) AS records
                RETURNING signal_bytes, record_bytes, read_ratio
                """
            )
            .With("project", project.Value)
            .With("time", NpgsqlDbType.TimestampTz, look.Time)
            .With("keep_until", NpgsqlDbType.TimestampTz, look.KeepUntil)
            .With("blocks", blocks)
            .With("records", records)
            .With("ratio", Math.Min(blocks, records) / 100);
        batch
            .Add("DELETE FROM care.project_size WHERE project_id = @project AND keep_until <= @time")
            .With("project", project.Value)
            .With("time", NpgsqlDbType.TimestampTz, look.Time);
        return (
            await batch.ReadRowAsync(
                row => new ProjectSize(look.Time, row.GetInt64(0), row.GetInt64(1), row.GetDouble(2)),
                cancellationToken
            )
        )!;
    }

    /// <summary>Sizes of a project since an instant, the oldest first. One round trip.</summary>
    /// <param name="until">Later ones do not count: a clock was ahead.</param>
    public async Task<IReadOnlyList<ProjectSize>> ListAsync(
        ProjectId project,
        DateTimeOffset since,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT look_time, signal_bytes, record_bytes, read_ratio FROM care.project_size
                WHERE project_id = @project AND look_time BETWEEN @since AND @until ORDER BY look_time
                """
            )
            .With("project", project.Value)
            .With("since", NpgsqlDbType.TimestampTz, since)
            .With("until", NpgsqlDbType.TimestampTz, until);
        return await batch.ReadRowsAsync(
            row => new ProjectSize(
                row.GetFieldValue<DateTimeOffset>(0),
                row.GetInt64(1),
                row.GetInt64(2),
                row.GetDouble(3)
            ),
            cancellationToken
        );
    }

    /// <summary>What the newest sizes of all projects are together. One round trip.</summary>
    public async Task<long> SumAsync(CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand("SELECT care.bytes_of_projects()");
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Projects that were not measured since an instant, the longest first. One round trip.</summary>
    /// <param name="until">Later measurements do not count: a clock was ahead.</param>
    public async Task<IReadOnlyList<UnmeasuredProject>> ListUnmeasuredAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT project_id, name, last_time FROM care.list_unmeasured_projects(@since, @until, @limit)"
        );
        command.Parameters.Add(new("since", NpgsqlDbType.TimestampTz) { Value = since.ToUniversalTime() });
        command.Parameters.Add(new("until", NpgsqlDbType.TimestampTz) { Value = until.ToUniversalTime() });
        command.Parameters.AddWithValue("limit", limit);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var projects = new List<UnmeasuredProject>();
        while (await reader.ReadAsync(cancellationToken))
        {
            projects.Add(
                new(
                    new(reader.GetInt64(0)),
                    reader.GetString(1),
                    reader.IsDBNull(2) ? null : reader.GetFieldValue<DateTimeOffset>(2)
                )
            );
        }

        return projects;
    }

    /// <summary>Which part of the two tables are at most so many pages, in percent. One round trip.</summary>
    private async Task<(double Blocks, double Records)> ReadPercentsAsync(CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand(
            """
            SELECT least(100, 100.0 * @pages / greatest(1, pg_relation_size('signals.block') / s.bytes))::float8,
                least(100, 100.0 * @pages / greatest(1, pg_relation_size('records.row') / s.bytes))::float8
            FROM (SELECT current_setting('block_size')::bigint AS bytes) s
            """
        );
        command.Parameters.AddWithValue("pages", MaxPages);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetDouble(0), reader.GetDouble(1));
    }
}

/// <summary>What a project's rows took up at an instant, without indexes.</summary>
/// <param name="ReadRatio">Part of the pages that was read; 1: the figures are exact.</param>
public sealed record ProjectSize(DateTimeOffset Time, long SignalBytes, long RecordBytes, double ReadRatio)
{
    public long Bytes => SignalBytes + RecordBytes;
}

/// <param name="LastTime">When it was measured last; null: never.</param>
public sealed record UnmeasuredProject(ProjectId Id, string Name, DateTimeOffset? LastTime);
