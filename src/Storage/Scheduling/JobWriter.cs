using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Workflows;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Makes, changes, pauses and deletes jobs. Each change is one statement that also remembers the request and writes the
/// audit.
/// </summary>
/// <remarks>All throw REQUEST_ID_REUSED; those with a revision JOB_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class JobWriter(PlatformDatabase database)
{
    private const string NewColumns = """
        project_id, name, uid, display_name, labels, schedule, calendar, after_jobs, schedule_time, cursor_time,
        next_time, next_run_time, task_kind, task, policy, create_time, update_time
        """;

    private const string NewValues = """
        @project, @name, @uid, @display_name, @labels, @schedule, @calendar, @after_jobs, @schedule_time, @cursor_time,
        @next_time, @next_run_time, @task_kind, @task, @policy, @now, @now
        """;

    /// <summary>Runs of a deleted job that are removed at a time, with all that they said.</summary>
    private const int RunPage = 1_000;

    private readonly NamedRows<JobRecord> rows = new(database, JobRow.Table);

    /// <summary>The job that a repeated request made or changed; null where it was not done yet.</summary>
    public Task<JobRecord?> FindDoneAsync(ProjectId project, Mutation mutation, CancellationToken cancellationToken) =>
        rows.FindDoneAsync(project, mutation, cancellationToken);

    /// <summary>Adds a job of the platform's own where none has that name. One round trip.</summary>
    public async Task EnsureAsync(JobRecord job, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(job.Project);
        WithFields(
            batch.Add(
                $"""
                INSERT INTO scheduling.job ({NewColumns}) VALUES ({NewValues})
                ON CONFLICT (project_id, name) DO NOTHING
                """
            ),
            job
        );
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>Adds a job of what is made in the same transaction; <c>job_pkey</c> refuses a name that is taken.
    /// </summary>
    internal static void AddTo(ProjectBatch batch, JobRecord job) =>
        WithFields(batch.Add($"INSERT INTO scheduling.job ({NewColumns}) VALUES ({NewValues})"), job);

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">ALREADY_EXISTS; JOB_NOT_FOUND of one that it follows; a loop.</exception>
    public Task<JobRecord> CreateAsync(JobRecord job, Mutation mutation, CancellationToken cancellationToken) =>
        rows.CreateOnceAsync(
            job.Project,
            job.Name,
            () => InsertAsync(job, mutation, cancellationToken),
            mutation,
            cancellationToken
        );

    /// <summary>Changes a job to what it is given as. Two round trips, and another one for a new task.</summary>
    /// <param name="job">As it was read, with what is changed; its revision is the one that it must still have.</param>
    /// <param name="sets">What is new.</param>
    /// <exception cref="DendriteException">
    /// JOB_NOT_FOUND of one that it follows; a loop; RESOURCE_IN_USE: it is given another task while a run of a
    /// workflow goes on.
    /// </exception>
    public async Task<JobRecord> UpdateAsync(
        JobRecord job,
        JobChange sets,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var session = await database.BeginAsync(job.Project, cancellationToken);
            await JobOrder.CheckAsync(session, job.Name, job.Timetable.AfterJobs, cancellationToken);
            if (sets.HasFlag(JobChange.Task))
            {
                await WorkflowUse.RefuseGoingOnAsync(session, job.Name, cancellationToken);
            }

            await using var batch = session.CreateBatch();
            var command = WithFields(batch.Add(UpdateSql), job)
                .With("revision", job.Revision)
                .With("sets", sets.HasFlag(JobChange.Schedule));
            IdempotencyStore.WithMutation(command, mutation);
            if (await batch.ReadRowAsync(JobRow.Read, cancellationToken) is { } changed)
            {
                await session.CommitAsync(cancellationToken);
                return changed;
            }
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // It was done, by an equal request at the same time.
        }

        return await rows.FindDoneAsync(job.Project, mutation, cancellationToken) ?? throw rows.WasChanged(job.Name);
    }

    /// <summary>Pauses a job. Doing it twice changes nothing but the reason. One round trip.</summary>
    public Task<JobRecord> PauseAsync(
        ProjectId project,
        RowTarget target,
        (DateTimeOffset Now, string Reason) pause,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        rows.ChangeAsync(
            project,
            target,
            new(
                """
                UPDATE scheduling.job SET pause_time = coalesce(pause_time, @now),
                        -- Pausing again without a reason leaves the one that somebody gave.
                        pause_reason = CASE WHEN @reason <> '' OR pause_time IS NULL THEN @reason ELSE pause_reason END,
                    next_time = NULL, next_run_time = NULL, update_time = @now, revision = revision + 1
                """,
                command => command.With("now", pause.Now).With("reason", pause.Reason)
            ),
            mutation,
            cancellationToken
        );

    /// <summary>
    /// Lets a job start runs again, from now on: times that passed meanwhile are neither run nor missed. One round
    /// trip.
    /// </summary>
    public Task<JobRecord> ResumeAsync(
        ProjectId project,
        RowTarget target,
        (DateTimeOffset Now, DateTimeOffset? NextRun) resume,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        rows.ChangeAsync(
            project,
            target,
            new(
                """
                UPDATE scheduling.job SET
                    cursor_time = CASE WHEN pause_time IS NULL OR after_jobs <> '{}' THEN cursor_time ELSE @now END,
                    next_time = CASE WHEN schedule IS NOT NULL THEN @now END,
                    next_run_time = @next_run, pause_time = NULL, pause_reason = '', failures_in_row = 0,
                    update_time = @now, revision = revision + 1
                """,
                command => command.With("now", resume.Now).With("next_run", NpgsqlDbType.TimestampTz, resume.NextRun)
            ),
            mutation,
            cancellationToken
        );

    /// <summary>
    /// Deletes a job, with its unfinished runs, and then page by page the record of those that ended; where that is
    /// broken off, <see cref="RunQueue.ForgetOrphansAsync"/> removes the rest. Six round trips, and one more for each
    /// further thousand of runs.
    /// </summary>
    /// <exception cref="DendriteException">
    /// RESOURCE_IN_USE while other jobs follow it, or runs of a workflow go on.
    /// </exception>
    public async Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await JobOrder.RefuseFollowedAsync(database, project, target.Name, cancellationToken);
        await using (var session = await database.BeginAsync(project, cancellationToken))
        {
            await WorkflowUse.RefuseGoingOnAsync(session, target.Name, cancellationToken);
            await rows.DeleteAsync(
                session,
                target,
                mutation,
                () => DeleteUnfinishedAsync(session, target.Name, cancellationToken),
                cancellationToken
            );
        }

        while (await DeletePageAsync(project, target.Name, cancellationToken) == RunPage) { }
    }

    /// <summary>
    /// Together with the job, or nobody would end them. One that another transaction holds is taken or ended just now,
    /// and may wait for the job's row: it goes with the pages after it, and its worker finds it missing and stops.
    /// </summary>
    private static async Task DeleteUnfinishedAsync(ProjectSession session, string name, CancellationToken token)
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                DELETE FROM scheduling.job_run r
                USING (
                    SELECT run_id FROM scheduling.job_run
                    WHERE project_id = @project AND job_name = @name AND end_time IS NULL
                    FOR UPDATE SKIP LOCKED
                ) open
                WHERE r.project_id = @project AND r.job_name = @name AND r.run_id = open.run_id
                """
            )
            .With("project", session.Project.Value)
            .With("name", name);
        await batch.ExecuteAsync(token);
    }

    /// <summary>After the job: a run that was being planned meanwhile goes too.</summary>
    /// <returns>How many.</returns>
    private async Task<long> DeletePageAsync(ProjectId project, string name, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                WITH gone AS (
                    DELETE FROM scheduling.job_run r
                    USING (
                        SELECT run_id FROM scheduling.job_run WHERE project_id = @project AND job_name = @name
                        LIMIT @limit
                    ) old
                    WHERE r.project_id = @project AND r.job_name = @name AND r.run_id = old.run_id
                        AND NOT EXISTS (SELECT FROM scheduling.job j WHERE j.project_id = @project AND j.name = @name)
                    RETURNING true
                )
                SELECT count(*) FROM gone
                """
            )
            .With("project", project.Value)
            .With("name", name)
            .With("limit", RunPage);
        return await batch.ReadAsync(
            async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : 0,
            cancellationToken
        );
    }

    private async Task<JobRecord> InsertAsync(JobRecord job, Mutation mutation, CancellationToken cancellationToken)
    {
        await using var session = await database.BeginAsync(job.Project, cancellationToken);
        await JobOrder.CheckAsync(session, job.Name, job.Timetable.AfterJobs, cancellationToken);
        await using var batch = session.CreateBatch();
        var command = WithFields(
            batch.Add(
                $"""
                WITH j AS (
                    INSERT INTO scheduling.job ({NewColumns}) VALUES ({NewValues}) RETURNING *
                ), {rows.Recorded}
                """
            ),
            job
        );
        IdempotencyStore.WithMutation(command, mutation);
        var made = await batch.ReadRowAsync(JobRow.Read, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return made!;
    }

    private string UpdateSql =>
        $"""
            WITH j AS (
                UPDATE scheduling.job SET display_name = @display_name, labels = @labels, schedule = @schedule,
                    calendar = @calendar, after_jobs = @after_jobs,
                    schedule_time = CASE WHEN @sets THEN @schedule_time ELSE schedule_time END,
                    cursor_time = CASE WHEN @sets THEN @cursor_time ELSE cursor_time END,
                    next_time = CASE WHEN pause_time IS NOT NULL THEN NULL
                        WHEN @sets THEN @next_time ELSE next_time END,
                    next_run_time = CASE WHEN pause_time IS NOT NULL THEN NULL
                        WHEN @sets THEN @next_run_time ELSE next_run_time END,
                    task_kind = @task_kind, task = @task, policy = @policy, update_time = @now,
                    revision = revision + 1
                WHERE project_id = @project AND name = @name AND revision = @revision
                RETURNING *
            ), {rows.Recorded}
            """;

    private static NpgsqlBatchCommand WithFields(NpgsqlBatchCommand command, JobRecord job) =>
        command
            .With("project", job.Project.Value)
            .With("name", job.Name)
            .With("uid", job.Uid)
            .With("display_name", job.DisplayName)
            .With("labels", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(job.Labels))
            .With("schedule", NpgsqlDbType.Jsonb, job.Timetable.ScheduleJson)
            .With("calendar", NpgsqlDbType.Text, job.Timetable.Calendar)
            .With("after_jobs", job.Timetable.AfterJobs.ToArray())
            .With("schedule_time", job.Timetable.ScheduleTime.ToUniversalTime())
            .With("cursor_time", job.Timetable.CursorTime.ToUniversalTime())
            .With("next_time", NpgsqlDbType.TimestampTz, job.Timetable.NextTime)
            .With("next_run_time", NpgsqlDbType.TimestampTz, job.Timetable.NextRunTime)
            .With("task_kind", job.TaskKind)
            .With("task", NpgsqlDbType.Jsonb, job.TaskJson)
            .With("policy", NpgsqlDbType.Jsonb, job.PolicyJson)
            .With("now", job.UpdateTime.ToUniversalTime());
}
