using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>What a run says while it goes on: log lines and progress, under the fencing token of its attempt.</summary>
public sealed class RunJournalStore(PlatformDatabase database)
{
    /// <summary>Writes lines and the latest progress. One round trip.</summary>
    /// <param name="progressJson">The contract's OperationProgress; null: unchanged.</param>
    /// <returns>False where the run is this worker's no more: nothing was written.</returns>
    public async Task<bool> WriteAsync(
        RunRecord run,
        IReadOnlyList<RunLine> lines,
        string? progressJson,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        batch
            .Add(
                """
                WITH told AS (
                    UPDATE scheduling.job_run SET log_lines = log_lines + cardinality(@messages),
                        progress = coalesce(@progress, progress)
                    WHERE project_id = @project AND job_name = @job AND run_id = @run
                        AND state = 'running' AND fencing_token = @token
                    RETURNING project_id, job_name, run_id, attempt, log_lines - cardinality(@messages) AS first_line
                ), written AS (
                    INSERT INTO scheduling.run_log (project_id, job_name, run_id, line, attempt, time, level, message)
                    SELECT t.project_id, t.job_name, t.run_id, t.first_line + l.place - 1, t.attempt, l.time, l.level,
                        l.message
                    FROM told t
                    CROSS JOIN unnest(@times, @levels, @messages) WITH ORDINALITY AS l (time, level, message, place)
                )
                SELECT true FROM told
                """
            )
            .With("project", run.Project.Value)
            .With("job", run.Job)
            .With("run", run.Id)
            .With("token", run.FencingToken)
            .With("progress", NpgsqlDbType.Jsonb, progressJson)
            .With("times", lines.Select(line => line.Time.ToUniversalTime()).ToArray())
            .With("levels", lines.Select(line => line.Level).ToArray())
            .With("messages", lines.Select(line => line.Message).ToArray());
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>Lines from a number on, in order. One round trip.</summary>
    public async Task<IReadOnlyList<RunLine>> ReadAsync(
        RunRecord run,
        long from,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        batch
            .Add(
                """
                SELECT line, attempt, time, level, message FROM scheduling.run_log
                WHERE project_id = @project AND job_name = @job AND run_id = @run AND line >= @from
                ORDER BY line LIMIT @limit
                """
            )
            .With("project", run.Project.Value)
            .With("job", run.Job)
            .With("run", run.Id)
            .With("from", from)
            .With("limit", limit);
        return await batch.ReadRowsAsync(
            row => new RunLine(row.GetFieldValue<DateTimeOffset>(2), row.GetInt16(3), row.GetString(4))
            {
                Number = row.GetInt64(0),
                Attempt = row.GetInt32(1),
            },
            cancellationToken
        );
    }
}

/// <summary>A log line of a run.</summary>
/// <param name="Level">The number of the contract's LogLevel.</param>
/// <param name="Message">At most 4,000 characters.</param>
public sealed record RunLine(DateTimeOffset Time, short Level, string Message)
{
    /// <summary>From 0; given when it is written.</summary>
    public long Number { get; init; }

    /// <summary>From 1; given when it is written.</summary>
    public int Attempt { get; init; }
}
