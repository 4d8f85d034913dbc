using Dendrite.Errors;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>The jobs of projects. For the scheduler only.</summary>
public sealed class JobStore(PlatformDatabase database)
{
    private const string Columns = """
        project_id, name, uid, display_name, task, cron, time_zone, pause_time, pause_reason, create_time, update_time,
        revision
        """;

    /// <summary>Adds a job where none has that name. Returns what is there then. One round trip.</summary>
    public async Task<JobRecord> EnsureAsync(JobRecord job, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(job.Project);
        batch
            .Add(
                $"""
                WITH added AS (
                    INSERT INTO scheduling.job
                        (project_id, name, uid, display_name, task, cron, time_zone, create_time, update_time)
                    VALUES (@project, @name, @uid, @display_name, @task, @cron, @time_zone, @now, @now)
                    ON CONFLICT (project_id, name) DO NOTHING
                    RETURNING {Columns}
                )
                SELECT {Columns} FROM added
                UNION ALL SELECT {Columns} FROM scheduling.job WHERE project_id = @project AND name = @name
                LIMIT 1
                """
            )
            .With("project", job.Project.Value)
            .With("name", job.Name)
            .With("uid", job.Uid)
            .With("display_name", job.DisplayName)
            .With("task", job.Task)
            .With("cron", job.Cron)
            .With("time_zone", job.TimeZone)
            .With("now", job.CreateTime);
        return await batch.ReadRowAsync(Read, cancellationToken)
            ?? await GetAsync(job.Project, job.Name, cancellationToken);
    }

    /// <summary>A page of jobs by name, after a name ("" for the first). One round trip.</summary>
    public async Task<IReadOnlyList<JobRecord>> ListAsync(
        ProjectId project,
        string after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM scheduling.job
                WHERE project_id = @project AND name > @after ORDER BY name LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("after", after)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">JOB_NOT_FOUND.</exception>
    public async Task<JobRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add($"SELECT {Columns} FROM scheduling.job WHERE project_id = @project AND name = @name")
            .With("project", project.Value)
            .With("name", name);
        return await batch.ReadRowAsync(Read, cancellationToken)
            ?? throw new DendriteException(
                ErrorReason.JobNotFound,
                $"Job '{name}' does not exist; list the project's jobs for those that do."
            );
    }

    /// <summary>
    /// Pauses a job, or lets it run again (null). Doing it twice changes nothing. One round trip, two for a refusal.
    /// </summary>
    /// <param name="revision">The revision that the caller saw; null where it does not matter.</param>
    /// <exception cref="DendriteException">JOB_NOT_FOUND; ETAG_MISMATCH.</exception>
    public async Task<JobRecord> PauseAsync(
        JobRecord job,
        DateTimeOffset? pauseTime,
        string reason,
        long? revision,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(job.Project);
        batch
            .Add(
                $"""
                UPDATE scheduling.job SET pause_time = @pause_time, pause_reason = @reason, update_time = @now,
                    revision = revision + 1
                WHERE project_id = @project AND name = @name AND (@revision IS NULL OR revision = @revision)
                    AND (pause_time IS NULL) <> (@pause_time IS NULL)
                RETURNING {Columns}
                """
            )
            .With("project", job.Project.Value)
            .With("name", job.Name)
            .With("pause_time", NpgsqlDbType.TimestampTz, pauseTime)
            .With("reason", reason)
            .With("revision", NpgsqlDbType.Bigint, revision)
            .With("now", now);
        if (await batch.ReadRowAsync(Read, cancellationToken) is { } changed)
            return changed;

        var current = await GetAsync(job.Project, job.Name, cancellationToken);
        return revision is null || revision == current.Revision
            ? current
            : throw new DendriteException(
                ErrorReason.EtagMismatch,
                $"Job '{job.Name}' has changed since its etag was read: read it again and retry."
            );
    }

    private static JobRecord Read(NpgsqlDataReader row) =>
        new(
            new ProjectId(row.GetInt64(0)),
            row.GetString(1),
            row.GetGuid(2),
            row.GetString(3),
            row.GetString(4),
            row.GetString(5),
            row.GetString(6),
            row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
            row.GetString(8),
            row.GetFieldValue<DateTimeOffset>(9),
            row.GetFieldValue<DateTimeOffset>(10),
            row.GetInt64(11)
        );
}
