using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Who may work on a run. A worker takes it for a while and renews that; where it cannot, another takes over with a
/// higher fencing token, and everything that the first one still writes under its own token is refused.
/// </summary>
public sealed class RunLeaseStore(PlatformDatabase database)
{
    /// <summary>Takes a run that waits, or whose worker's lease has passed. One round trip.</summary>
    /// <returns>Null where there is nothing to take: it has ended, or somebody works on it.</returns>
    /// <exception cref="RunOverlapException">Another run of the job goes on.</exception>
    public async Task<RunRecord?> TakeAsync(
        RunRecord run,
        string worker,
        DateTimeOffset now,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    $"""
                    WITH taken AS (
                        UPDATE scheduling.job_run SET state = 'running', attempt = attempt + 1, lease_until = @until,
                            fencing_token = nextval('scheduling.fencing_token'), start_time = coalesce(start_time, @now)
                        WHERE project_id = @project AND job_name = @job AND run_id = @run
                            AND (state = 'queued' OR state = 'running' AND lease_until < @now)
                        RETURNING *
                    ), left_behind AS (
                        UPDATE scheduling.run_attempt a SET end_time = @now, error = 'its worker went away'
                        FROM taken t
                        WHERE a.project_id = t.project_id AND a.job_name = t.job_name AND a.run_id = t.run_id
                            AND a.end_time IS NULL
                    ), begun AS (
                        INSERT INTO scheduling.run_attempt
                            (project_id, job_name, run_id, attempt, fencing_token, worker, start_time)
                        SELECT project_id, job_name, run_id, attempt, fencing_token, @worker, @now FROM taken
                    )
                    SELECT {RunRow.Columns} FROM taken
                    """
                ),
                run
            )
            .With("worker", worker)
            .With("now", now)
            .With("until", now + lease);
        try
        {
            return await batch.ReadRowAsync(RunRow.Read, cancellationToken);
        }
        catch (PostgresException taken) when (taken.IsTaken("job_run_runs_alone"))
        {
            throw new RunOverlapException(taken);
        }
    }

    /// <summary>Keeps a run for longer. One round trip.</summary>
    /// <returns>False where it is this worker's no more.</returns>
    public async Task<bool> RenewAsync(RunRecord run, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    """
                    UPDATE scheduling.job_run SET lease_until = @until
                    WHERE project_id = @project AND job_name = @job AND run_id = @run
                        AND state = 'running' AND fencing_token = @token
                    RETURNING true
                    """
                ),
                run
            )
            .With("token", run.FencingToken)
            .With("until", until);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>Gives a run back to be taken again: its attempt failed, or its worker stops. One round trip.</summary>
    /// <returns>False where it is this worker's no more.</returns>
    public Task<bool> GiveBackAsync(
        RunRecord run,
        string reason,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) => LeaveAsync(run, "queued", new RunOutcome(RunState.Queued, reason, run.Results), now, cancellationToken);

    /// <summary>Ends a run for good. One round trip.</summary>
    /// <returns>False where it is this worker's no more: its outcome is another's to say.</returns>
    public Task<bool> EndAsync(
        RunRecord run,
        RunOutcome outcome,
        DateTimeOffset now,
        CancellationToken cancellationToken
    ) => LeaveAsync(run, Name(outcome.State), outcome, now, cancellationToken);

    /// <summary>Ends a run that was never taken, because another one of its job goes on. One round trip.</summary>
    public async Task SkipAsync(RunRecord run, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    """
                    UPDATE scheduling.job_run SET state = 'skipped', message = @reason, end_time = @now
                    WHERE project_id = @project AND job_name = @job AND run_id = @run AND state = 'queued'
                    """
                ),
                run
            )
            .With("reason", reason)
            .With("now", now);
        await batch.ExecuteAsync(cancellationToken);
    }

    private async Task<bool> LeaveAsync(
        RunRecord run,
        string state,
        RunOutcome outcome,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    """
                    WITH left_now AS (
                        UPDATE scheduling.job_run SET state = @state, lease_until = NULL, results = @results,
                            report = @report,
                            message = @message, end_time = CASE WHEN @state <> 'queued' THEN @now END
                        WHERE project_id = @project AND job_name = @job AND run_id = @run
                            AND state = 'running' AND fencing_token = @token
                        RETURNING *
                    ), ended AS (
                        UPDATE scheduling.run_attempt a SET end_time = @now,
                            error = CASE WHEN @state IN ('queued', 'failed') THEN @message END
                        FROM left_now t
                        WHERE a.project_id = t.project_id AND a.job_name = t.job_name AND a.run_id = t.run_id
                            AND a.attempt = t.attempt
                    )
                    SELECT true FROM left_now
                    """
                ),
                run
            )
            .With("token", run.FencingToken)
            .With("state", state)
            .With("results", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(outcome.Results))
            .With("report", NpgsqlDbType.Jsonb, outcome.Report)
            .With("message", outcome.Message)
            .With("now", now);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, RunRecord run) =>
        command.With("project", run.Project.Value).With("job", run.Job).With("run", run.Id);

    private static string Name(RunState state) => state.ToString().ToLowerInvariant();
}

/// <summary>Another run of the job goes on.</summary>
public sealed class RunOverlapException(Exception inner) : Exception("Another run of the job goes on.", inner);
