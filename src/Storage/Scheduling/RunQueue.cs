using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Workflows;
using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>What callers do with runs: ask for them, stop them, try them again. Each remembers its request.</summary>
/// <remarks>All throw REQUEST_ID_REUSED.</remarks>
public sealed class RunQueue(PlatformDatabase database, RunStore runs)
{
    private readonly IdempotencyStore requests = new(database);

    /// <summary>
    /// Adds the runs that a caller asks for, all of one job. One round trip, two for a repeated request.
    /// </summary>
    /// <param name="outcome">What a repeated request is answered with; at most 64 KiB.</param>
    /// <returns>The outcome, of the first request where this one is a repetition.</returns>
    /// <exception cref="DendriteException">JOB_NOT_FOUND.</exception>
    public async Task<byte[]> AddAsync(
        JobRecord job,
        IReadOnlyList<PlannedRun> planned,
        byte[] outcome,
        (Mutation Mutation, DateTimeOffset Now) request,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(job.Project);
        AddHolding(batch, job.Project, job.Name);
        RunAdding.AddTo(batch, job.Project, planned, request.Now);
        foreach (var run in planned.Where(run => run.Workflow is not null))
            WorkflowRunStore.AddTo(batch, job.Project, new(run.Job, run.Id), run.Workflow!);
        IdempotencyStore.AddTo(batch, request.Mutation, outcome);
        try
        {
            var isThere = await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
            return isThere ? outcome : throw JobStore.NoSuchJob(job.Name);
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return (await requests.FindAsync(job.Project, request.Mutation, cancellationToken))!;
        }
    }

    /// <summary>What a repeated request is answered with; null where it was not done yet. One round trip.</summary>
    public Task<byte[]?> FindDoneAsync(ProjectId project, Mutation mutation, CancellationToken cancellationToken) =>
        requests.FindAsync(project, mutation, cancellationToken);

    /// <summary>
    /// Asks a run to stop: one that nobody works on is ended at once, unless it is one of a workflow that had begun:
    /// a worker takes it to tidy up after it. One that has ended stays as it is.
    /// </summary>
    public Task<RunRecord> CancelAsync(
        RunRecord run,
        string reason,
        (Mutation Mutation, DateTimeOffset Now) request,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            run,
            $"""
            {RunCancelling.Sql}
            WHERE r.project_id = @project AND r.job_name = @job AND r.run_id = @run AND r.end_time IS NULL
            """,
            command =>
                command
                    .With("reason", reason)
                    .With("said", reason.Length > 0 ? $"Cancelled: {reason}" : "Cancelled by a caller."),
            request,
            cancellationToken
        );

    /// <summary>Tries a failed run again, as its next attempt.</summary>
    /// <exception cref="DendriteException">RUN_STATE_MISMATCH: it did not fail.</exception>
    public async Task<RunRecord> RetryAsync(
        RunRecord run,
        (Mutation Mutation, DateTimeOffset Now) request,
        CancellationToken cancellationToken
    )
    {
        if (
            run.State != RunState.Failed
            && await requests.FindAsync(run.Project, request.Mutation, cancellationToken) is null
        )
        {
            throw new DendriteException(
                ErrorReason.RunStateMismatch,
                $"Run '{run.Id}' of job '{run.Job}' is {run.State.ToString().ToLowerInvariant()}: only a failed run "
                    + "can be retried; run the job for a new one."
            );
        }

        return await ChangeAsync(
            run,
            """
            WITH failed AS (
                UPDATE scheduling.job_run SET state = 'waiting', end_time = NULL, cancel_time = NULL,
                    cancel_reason = '', progress = NULL, retries = retries + 1,
                    ready_time = CASE WHEN EXISTS (
                        SELECT FROM scheduling.job_run o WHERE o.project_id = @project AND o.state = 'running'
                            AND o.concurrency_key = job_run.concurrency_key) THEN 'infinity' ELSE @now END
                WHERE project_id = @project AND job_name = @job AND run_id = @run AND state = 'failed'
                RETURNING dry_run
            )
            UPDATE scheduling.job SET failed_count = greatest(failed_count - 1, 0)
            WHERE project_id = @project AND name = @job AND EXISTS (SELECT FROM failed WHERE NOT dry_run)
            """,
            _ => { },
            request,
            cancellationToken
        );
    }

    /// <summary>
    /// Lets those runs of a project begin that nothing holds up any more: after its job was resumed, and where two
    /// replicas each left it to the other. One round trip.
    /// </summary>
    public async Task ReleaseAsync(ProjectId project, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                {RunLines.ReleaseSql}
                    AND NOT EXISTS (
                        SELECT FROM scheduling.job_run o WHERE o.project_id = @project AND o.state = 'running'
                            AND o.concurrency_key = c.concurrency_key)
                {RunLines.All}
                """
            )
            .With("project", project.Value)
            .With("now", now);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Asks those runs of a project to stop that a due run of their job waits for, where its job cancels the others and
    /// they were not asked when it was planned: just then somebody wrote about them. One round trip.
    /// </summary>
    public async Task AskAgainAsync(ProjectId project, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                {RunCancelling.Sql}
                FROM (
                    SELECT o.job_name, o.run_id FROM scheduling.job_run o
                    JOIN scheduling.job j ON j.project_id = @project AND j.name = o.job_name
                    WHERE o.project_id = @project AND o.state = 'running' AND o.cancel_time IS NULL AND NOT o.makes_up
                        AND j.policy ->> 'overlap' = 'OVERLAP_POLICY_CANCEL_OTHER'
                        AND EXISTS (
                            SELECT FROM scheduling.job_run n
                            WHERE n.project_id = @project AND n.job_name = o.job_name AND n.state = 'queued'
                                AND n.run_number > o.run_number AND NOT n.makes_up AND n.cause IN ('schedule', 'job'))
                    FOR UPDATE OF o SKIP LOCKED
                ) other
                WHERE r.project_id = @project AND r.job_name = other.job_name AND r.run_id = other.run_id
                """
            )
            .With("project", project.Value)
            .With("reason", RunCancelling.NextIsDue)
            .With("said", RunCancelling.SaidNextIsDue)
            .With("now", now);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>Deletes ended runs of before a time, the oldest first. One round trip.</summary>
    /// <returns>How many.</returns>
    public async Task<long> ForgetAsync(
        ProjectId project,
        DateTimeOffset before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                WITH forgotten AS (
                    DELETE FROM scheduling.job_run r
                    USING (
                        SELECT job_name, run_id FROM scheduling.job_run
                        WHERE project_id = @project AND end_time < @before ORDER BY end_time LIMIT @limit
                    ) old
                    WHERE r.project_id = @project AND r.job_name = old.job_name AND r.run_id = old.run_id
                    RETURNING true
                )
                SELECT count(*) FROM forgotten
                """
            )
            .With("project", project.Value)
            .With("before", before)
            .With("limit", limit);
        return await batch.ReadAsync(
            async (reader, token) => await reader.ReadAsync(token) ? reader.GetInt64(0) : 0,
            cancellationToken
        );
    }

    /// <summary>
    /// Deletes runs whose job is gone: its deletion was broken off, or they were being planned or taken meanwhile. One
    /// round trip, that reads a row of each job's runs.
    /// </summary>
    public async Task ForgetOrphansAsync(ProjectId project, int limit, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                WITH RECURSIVE known AS (
                    (SELECT job_name::text FROM scheduling.job_run WHERE project_id = @project
                        ORDER BY job_name LIMIT 1)
                    UNION ALL
                    SELECT (SELECT r.job_name::text FROM scheduling.job_run r
                        WHERE r.project_id = @project AND r.job_name > k.job_name ORDER BY r.job_name LIMIT 1)
                    FROM known k WHERE k.job_name IS NOT NULL
                )
                DELETE FROM scheduling.job_run r
                USING (
                    SELECT o.job_name, o.run_id FROM known k
                    JOIN scheduling.job_run o ON o.project_id = @project AND o.job_name = k.job_name
                    WHERE NOT EXISTS (
                        SELECT FROM scheduling.job j WHERE j.project_id = @project AND j.name = k.job_name)
                    LIMIT @limit
                ) orphan
                WHERE r.project_id = @project AND r.job_name = orphan.job_name AND r.run_id = orphan.run_id
                """
            )
            .With("project", project.Value)
            .With("limit", limit);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Holds the job's row until the transaction ends: a run that ends meanwhile counts there, so either it sees the
    /// new one, or the new one sees that it has ended. Its one row says that the job exists.
    /// </summary>
    private static void AddHolding(ProjectBatch batch, ProjectId project, string job) =>
        batch
            .Add("SELECT FROM scheduling.job WHERE project_id = @project AND name = @job FOR UPDATE")
            .With("project", project.Value)
            .With("job", job);

    private async Task<RunRecord> ChangeAsync(
        RunRecord run,
        string sql,
        Action<NpgsqlBatchCommand> addParameters,
        (Mutation Mutation, DateTimeOffset Now) request,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        var command = batch
            .Add(sql)
            .With("project", run.Project.Value)
            .With("job", run.Job)
            .With("run", run.Id)
            .With("now", request.Now);
        addParameters(command);
        IdempotencyStore.AddTo(batch, request.Mutation, run.Id.ToByteArray());
        try
        {
            await batch.ExecuteAsync(cancellationToken);
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // Where the id was used for another request, this says so.
            await requests.FindAsync(run.Project, request.Mutation, cancellationToken);
        }

        return await runs.GetAsync(run.Project, run.Job, run.Id, cancellationToken);
    }
}
