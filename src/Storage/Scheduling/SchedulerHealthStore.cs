using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Figures of how the jobs of a project do. Dry runs count for nothing, nor do times of a clock that was ahead.
/// </summary>
public sealed class SchedulerHealthStore(PlatformDatabase database)
{
    /// <summary>One round trip; its cost grows with the runs that ended in the window.</summary>
    /// <param name="since">Where the window begins.</param>
    /// <param name="maxJobs">At most so many, the worst first.</param>
    public async Task<SchedulerFigures> ReadAsync(
        ProjectId project,
        DateTimeOffset since,
        DateTimeOffset now,
        int maxJobs,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        foreach (var sql in Statements)
            batch
                .Add(sql)
                .With("project", project.Value)
                .With("since", since.ToUniversalTime())
                .With("now", now.ToUniversalTime())
                .With("limit", maxJobs);
        return await batch.ReadAsync(ReadAsync, cancellationToken);
    }

    private static readonly string[] Statements =
    [
        $"""
            SELECT
                (SELECT count(*) FROM scheduling.job_run WHERE project_id = @project AND end_time >= @since
                    AND end_time <= @now + {SetBackStore.Apart} AND state = 'succeeded' AND NOT dry_run),
                (SELECT count(*) FROM scheduling.job_run WHERE project_id = @project AND end_time >= @since
                    AND end_time <= @now + {SetBackStore.Apart} AND state = 'failed' AND NOT dry_run),
                (SELECT count(*) FROM scheduling.job_run
                    WHERE project_id = @project AND end_time IS NULL AND state <> 'running' AND NOT dry_run
                        AND (ready_time <= @now OR ready_time = 'infinity')),
                (SELECT count(*) FROM scheduling.job_run
                    WHERE project_id = @project AND end_time IS NULL AND state = 'running' AND NOT dry_run),
                (SELECT greatest(0, extract(epoch FROM start_time - coalesce(scheduled_time, create_time)))::float8
                    FROM scheduling.job_run
                    WHERE project_id = @project AND start_time >= @since
                        AND start_time <= @now + {SetBackStore.Apart} AND NOT makes_up AND NOT dry_run
                    ORDER BY start_time DESC LIMIT 1)
            WHERE @limit > 0
            """,
        $"""
            SELECT j.name::text, coalesce(f.succeeded, 0), coalesce(f.failed, 0), f.median::float8, (
                SELECT r.end_time FROM scheduling.job_run r
                WHERE r.project_id = @project AND r.job_name = j.name
                    AND r.end_time <= @now + {SetBackStore.Apart}
                    AND r.state = 'succeeded' AND NOT r.dry_run
                ORDER BY r.end_time DESC LIMIT 1)
            FROM scheduling.job j
            LEFT JOIN (
                SELECT job_name, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
                    count(*) FILTER (WHERE state = 'failed') AS failed,
                    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM end_time - start_time))
                        FILTER (WHERE start_time <= end_time AND state IN ('succeeded', 'failed')) AS median
                FROM scheduling.job_run
                WHERE project_id = @project AND end_time >= @since AND end_time <= @now + {SetBackStore.Apart}
                    AND NOT dry_run
                GROUP BY job_name
            ) f ON f.job_name = j.name
            WHERE j.project_id = @project
            ORDER BY CASE WHEN coalesce(f.succeeded + f.failed, 0) = 0 THEN 1
                ELSE f.succeeded::float8 / (f.succeeded + f.failed) END, j.name
            LIMIT @limit
            """,
    ];

    private static async Task<SchedulerFigures> ReadAsync(NpgsqlDataReader reader, CancellationToken token)
    {
        await reader.ReadAsync(token);
        var all = new EndedRuns(reader.GetInt64(0), reader.GetInt64(1));
        var (queued, running) = (reader.GetInt64(2), reader.GetInt64(3));
        var delay = Seconds(reader, 4);
        await reader.NextResultAsync(token);
        var jobs = new List<JobFigures>();
        while (await reader.ReadAsync(token))
        {
            var ended = new EndedRuns(reader.GetInt64(1), reader.GetInt64(2));
            jobs.Add(new(reader.GetString(0), ended, Seconds(reader, 3), JobRow.Time(reader, 4)));
        }

        return new(all, queued, running, delay, jobs);
    }

    private static TimeSpan? Seconds(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : TimeSpan.FromSeconds(row.GetDouble(column));
}

/// <summary>How the jobs of a project do.</summary>
/// <param name="Queued">Runs that are due and have not begun, or wait for another one.</param>
/// <param name="StartDelay">How late the latest begun run was; null where none began.</param>
/// <param name="Jobs">The worst first.</param>
public sealed record SchedulerFigures(
    EndedRuns Ended,
    long Queued,
    long Running,
    TimeSpan? StartDelay,
    IReadOnlyList<JobFigures> Jobs
);

/// <summary>How one job does.</summary>
/// <param name="MedianDuration">
/// Of the runs that ended in the window, but for those over which a clock was set back; null where none did.
/// </param>
/// <param name="LastSuccessTime">Ever, by a clock that is right; null where none did.</param>
public sealed record JobFigures(string Job, EndedRuns Ended, TimeSpan? MedianDuration, DateTimeOffset? LastSuccessTime);

/// <summary>Runs that ended in a window: those that were cancelled or left out say nothing of health.</summary>
public readonly record struct EndedRuns(long Succeeded, long Failed)
{
    /// <summary>0 to 1; 1 where none ended.</summary>
    public double SuccessRatio => Succeeded + Failed == 0 ? 1 : (double)Succeeded / (Succeeded + Failed);
}
