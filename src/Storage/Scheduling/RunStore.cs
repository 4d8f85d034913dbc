using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// The runs of jobs as they are planned and looked at. What a worker does with one is in <see cref="RunLeaseStore"/>.
/// </summary>
public sealed class RunStore(PlatformDatabase database)
{
    /// <summary>Adds the run that is due at a time of the schedule. One round trip.</summary>
    /// <returns>Null where another replica was first.</returns>
    public async Task<RunRecord?> AddDueAsync(
        JobRecord job,
        Guid runId,
        DateTimeOffset scheduledTime,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(job.Project);
        batch
            .Add(
                $"""
                INSERT INTO scheduling.job_run
                    (project_id, job_name, run_id, state, cause, scheduled_time, create_time)
                VALUES (@project, @job, @run, 'queued', 'schedule', @scheduled_time, @now)
                ON CONFLICT DO NOTHING
                RETURNING {RunRow.Columns}
                """
            )
            .With("project", job.Project.Value)
            .With("job", job.Name)
            .With("run", runId)
            .With("scheduled_time", scheduledTime)
            .With("now", now);
        return await batch.ReadRowAsync(RunRow.Read, cancellationToken);
    }

    /// <summary>
    /// Adds the run that a caller asks for, or finds that of the first request with this id. One or two round trips.
    /// </summary>
    public async Task<RunRecord> AddAskedAsync(
        JobRecord job,
        AskedRun asked,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(job.Project);
        batch
            .Add(
                $"""
                INSERT INTO scheduling.job_run
                    (project_id, job_name, run_id, state, cause, request_id, creator, dry_run, create_time)
                VALUES (@project, @job, @run, 'queued', 'caller', @request, @creator, @dry_run, @now)
                ON CONFLICT (project_id, request_id) WHERE request_id IS NOT NULL DO NOTHING
                RETURNING {RunRow.Columns}
                """
            )
            .With("project", job.Project.Value)
            .With("job", job.Name)
            .With("run", asked.RunId)
            .With("request", NpgsqlDbType.Uuid, asked.RequestId)
            .With("creator", asked.Creator)
            .With("dry_run", asked.DryRun)
            .With("now", now);
        return await batch.ReadRowAsync(RunRow.Read, cancellationToken)
            ?? await GetByRequestAsync(job.Project, asked.RequestId!.Value, cancellationToken);
    }

    /// <summary>One round trip. Null where there is none.</summary>
    public async Task<RunRecord?> FindAsync(
        ProjectId project,
        string job,
        Guid runId,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RunRow.ColumnsWithAttempts} FROM scheduling.job_run r
                WHERE project_id = @project AND job_name = @job AND run_id = @run
                """
            )
            .With("project", project.Value)
            .With("job", job)
            .With("run", runId);
        return await batch.ReadRowAsync(RunRow.Read, cancellationToken);
    }

    /// <summary>A page of runs, newest first, before a run (null for the first page). One round trip.</summary>
    public async Task<IReadOnlyList<RunRecord>> ListAsync(
        ProjectId project,
        string job,
        Guid? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RunRow.ColumnsWithAttempts} FROM scheduling.job_run r
                WHERE project_id = @project AND job_name = @job AND (@before IS NULL OR run_id < @before)
                ORDER BY run_id DESC LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("job", job)
            .With("before", NpgsqlDbType.Uuid, before)
            .With("limit", limit);
        return await batch.ReadRowsAsync(RunRow.Read, cancellationToken);
    }

    /// <summary>
    /// Runs that nobody works on: queued since before a time, or left behind by a replica. Oldest first.
    /// </summary>
    public async Task<IReadOnlyList<RunRecord>> ListAbandonedAsync(
        ProjectId project,
        DateTimeOffset queuedBefore,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RunRow.Columns} FROM scheduling.job_run
                WHERE project_id = @project AND end_time IS NULL
                    AND (lease_until < @now OR state = 'queued' AND create_time < @queued_before)
                ORDER BY job_name, run_id LIMIT 100
                """
            )
            .With("project", project.Value)
            .With("queued_before", queuedBefore)
            .With("now", now);
        return await batch.ReadRowsAsync(RunRow.Read, cancellationToken);
    }

    private async Task<RunRecord> GetByRequestAsync(
        ProjectId project,
        Guid requestId,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"SELECT {RunRow.Columns} FROM scheduling.job_run WHERE project_id = @project AND request_id = @request"
            )
            .With("project", project.Value)
            .With("request", requestId);
        return (await batch.ReadRowAsync(RunRow.Read, cancellationToken))!;
    }
}

/// <summary>A run that a caller asks for.</summary>
/// <param name="RequestId">The caller's id of the request; null where it gave none.</param>
/// <param name="Creator">The label of the caller's key.</param>
public sealed record AskedRun(Guid RunId, Guid? RequestId, string Creator, bool DryRun);
