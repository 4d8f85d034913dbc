using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>The statements by which runs are taken: alone, or in the transaction that plans them.</summary>
internal static class RunTaking
{
    /// <summary>The index that two replicas meet at which take two runs of one key.</summary>
    public const string AloneIndex = "job_run_runs_alone";

    /// <summary>The error of an attempt whose worker let its lease pass.</summary>
    public const string WentAway = "Its worker went away.";

    private static readonly string Sql = $"""
        WITH candidate AS (
            SELECT r.project_id, r.job_name, r.run_id, r.concurrency_key, r.state = 'running' AS was_left, w.place
            FROM scheduling.job_run r
            JOIN unnest(@jobs, @runs) WITH ORDINALITY AS w (job, run, place) ON r.job_name = w.job AND r.run_id = w.run
            WHERE r.project_id = @project
                AND (r.state IN ('queued', 'waiting') AND r.ready_time <= @now
                    OR r.state = 'running' AND r.lease_until < @now)
                AND NOT EXISTS (
                    SELECT FROM scheduling.job_run o
                    WHERE o.project_id = @project AND o.concurrency_key = r.concurrency_key AND o.state = 'running'
                        AND (o.job_name, o.run_id) <> (r.job_name, r.run_id))
                -- One whose job is gone is nobody's to work on.
                AND EXISTS (
                    SELECT FROM scheduling.job j
                    WHERE j.project_id = @project AND j.name = r.job_name
                        AND (r.state = 'running' OR r.cause = 'caller' OR r.cancel_time IS NOT NULL
                            OR j.pause_time IS NULL))
            FOR UPDATE OF r SKIP LOCKED
        ), chosen AS (
            SELECT DISTINCT ON (coalesce(concurrency_key, run_id::text)) *
            FROM candidate ORDER BY coalesce(concurrency_key, run_id::text), place
        ), taken AS (
            UPDATE scheduling.job_run r SET state = 'running', attempt = r.attempt + 1, lease_until = @until,
                ready_time = NULL, fencing_token = nextval('scheduling.fencing_token'), progress = NULL,
                start_time = coalesce(r.start_time, @now)
            FROM chosen c
            WHERE r.project_id = c.project_id AND r.job_name = c.job_name AND r.run_id = c.run_id
            RETURNING r.*, c.was_left
        ), left_behind AS (
            UPDATE scheduling.run_attempt a SET end_time = @now, error = '{WentAway}', error_code = 14
            FROM taken t
            WHERE a.project_id = t.project_id AND a.job_name = t.job_name AND a.run_id = t.run_id
                AND a.end_time IS NULL
        ), begun AS (
            INSERT INTO scheduling.run_attempt
                (project_id, job_name, run_id, attempt, fencing_token, worker, start_time)
            SELECT project_id, job_name, run_id, attempt, fencing_token, @worker, @now FROM taken
        ), counted AS (
            UPDATE scheduling.job j SET started_count = j.started_count + t.started
            FROM (
                SELECT job_name, count(*) AS started FROM taken WHERE attempt = 1 AND NOT dry_run GROUP BY job_name
            ) t
            WHERE j.project_id = @project AND j.name = t.job_name
        )
        SELECT {RunRow.Columns}, r.was_left, {JobRow.Columns}
        FROM taken r JOIN scheduling.job j ON j.project_id = r.project_id AND j.name = r.job_name
        ORDER BY r.run_id
        """;

    private const string SettingAside = """
        UPDATE scheduling.job_run r SET ready_time = 'infinity'
        WHERE r.project_id = @project AND (r.job_name, r.run_id) IN (SELECT * FROM unnest(@jobs, @runs))
            AND r.state IN ('queued', 'waiting') AND r.ready_time <= @now
            AND (
                EXISTS (
                    SELECT FROM scheduling.job_run o
                    WHERE o.project_id = @project AND o.concurrency_key = r.concurrency_key AND o.state = 'running')
                OR r.cause <> 'caller' AND r.cancel_time IS NULL AND EXISTS (
                    SELECT FROM scheduling.job j
                    WHERE j.project_id = @project AND j.name = r.job_name AND j.pause_time IS NOT NULL)
            )
        """;

    /// <summary>Takes of these runs those that may begin; each row is read by <see cref="Read"/>.</summary>
    public static void AddTo(ProjectBatch batch, ProjectId project, IReadOnlyList<RunKey> wanted, LeaseTerms terms) =>
        Naming(batch.Add(Sql), project, wanted, terms.Now)
            .With("worker", terms.Worker)
            .With("until", terms.Now + terms.Length);

    /// <summary>
    /// Puts aside those that something holds up: whatever holds them lets them go, so nobody asks again and again.
    /// </summary>
    public static void AddSettingAside(
        ProjectBatch batch,
        ProjectId project,
        IReadOnlyList<RunKey> wanted,
        DateTimeOffset now
    ) => Naming(batch.Add(SettingAside), project, wanted, now);

    public static TakenRun Read(NpgsqlDataReader row) =>
        new(RunRow.Read(row), JobRow.Read(row, RunRow.Count + 1), row.GetBoolean(RunRow.Count));

    private static NpgsqlBatchCommand Naming(
        NpgsqlBatchCommand command,
        ProjectId project,
        IReadOnlyList<RunKey> wanted,
        DateTimeOffset now
    ) =>
        command
            .With("project", project.Value)
            .With("jobs", wanted.Select(run => run.Job).ToArray())
            .With("runs", wanted.Select(run => run.Run).ToArray())
            .With("now", now);
}
