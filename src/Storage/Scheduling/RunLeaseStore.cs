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
    /// <summary>
    /// Takes of these runs those that may begin, or whose worker's lease has passed. Those that another run of their
    /// key or their paused job holds up are put aside until that lets them. One round trip; more where another replica
    /// took a run of the same key at the same instant.
    /// </summary>
    public async Task<IReadOnlyList<TakenRun>> TakeAsync(
        ProjectId project,
        IReadOnlyList<RunKey> wanted,
        LeaseTerms terms,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RunTaking.AddTo(batch, project, wanted, terms);
        RunTaking.AddSettingAside(batch, project, wanted, terms.Now);
        try
        {
            return await batch.ReadRowsAsync(RunTaking.Read, cancellationToken);
        }
        catch (PostgresException taken) when (taken.IsTaken(RunTaking.AloneIndex))
        {
            return wanted.Count == 1 ? [] : await TakeOneByOneAsync(project, wanted, terms, cancellationToken);
        }
    }

    /// <summary>
    /// Runs that can be taken, of all projects but those left out, the longest ready first. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<ReadyRun>> ListReadyAsync(
        DateTimeOffset now,
        int limit,
        IReadOnlyCollection<ProjectId> leftOut,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT project_id, project_name, job_name, run_id FROM scheduling.list_ready_runs(@now, @limit, @left_out)"
        );
        command.Parameters.AddWithValue("now", NpgsqlDbType.TimestampTz, now.ToUniversalTime());
        command.Parameters.AddWithValue("limit", limit);
        command.Parameters.AddWithValue("left_out", leftOut.Select(project => project.Value).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var ready = new List<ReadyRun>();
        while (await reader.ReadAsync(cancellationToken))
            ready.Add(
                new(new(new(reader.GetInt64(0)), reader.GetString(1)), new(reader.GetString(2), reader.GetGuid(3)))
            );
        return ready;
    }

    /// <summary>When there is something to do next, in any project; null: never. One round trip.</summary>
    public async Task<DateTimeOffset?> NextWakeAsync(CancellationToken cancellationToken)
    {
        await using var command = database.DataSource.CreateCommand("SELECT scheduling.next_wake()");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? JobRow.Time(reader, 0) : null;
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
            .With("until", until);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>
    /// Which of these a worker must stop: a caller said so, or it is another's by now. One round trip.
    /// </summary>
    public async Task<IReadOnlySet<Guid>> ListStoppedAsync(
        IReadOnlyCollection<RunRecord> mine,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT * FROM scheduling.list_stopped_runs(@projects, @jobs, @runs, @tokens)"
        );
        command.Parameters.AddWithValue("projects", mine.Select(run => run.Project.Value).ToArray());
        command.Parameters.AddWithValue("jobs", mine.Select(run => run.Job).ToArray());
        command.Parameters.AddWithValue("runs", mine.Select(run => run.Id).ToArray());
        command.Parameters.AddWithValue("tokens", mine.Select(run => run.FencingToken).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var stopped = new HashSet<Guid>();
        while (await reader.ReadAsync(cancellationToken))
            stopped.Add(reader.GetGuid(0));
        return stopped;
    }

    /// <summary>
    /// Ends an attempt: the run for good, or, with a time for the next one, this attempt only. Counts, pauses a job
    /// that failed too often, wakes the jobs that follow, and lets the next run of the key begin. One round trip.
    /// </summary>
    /// <returns>False where the run is this worker's no more: its outcome is another's to say.</returns>
    public async Task<bool> EndAsync(RunRecord run, AttemptEnd end, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(run.Project);
        var outcome = end.Outcome;
        About(batch.Add(LeaveSql), run)
            .With("state", end.StateName)
            .With("ready", NpgsqlDbType.TimestampTz, end.NextAttempt)
            .With("results", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(outcome.Results))
            .With("report", NpgsqlDbType.Jsonb, outcome.Report)
            .With("message", outcome.Message)
            .With("error", NpgsqlDbType.Text, end.Error)
            .With("error_code", NpgsqlDbType.Integer, outcome.ErrorCode)
            .With("is_cancelled", end.IsCancelled)
            .With("undone", end.IsUndone)
            .With("now", end.Now);
        if (end.NextAttempt is null && !run.DryRun)
            AddCounting(batch, run, end);
        AddReleasing(batch, run, end.Now);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    // Whoever is to be told of a cancellation takes the run at once: its worker had not heard of it. The first attempt
    // is not taken back: a run that began was counted as begun, and is counted once.
    private const string LeaveSql = """
        WITH left_now AS (
            UPDATE scheduling.job_run SET state = @state, lease_until = NULL, results = @results,
                ready_time = CASE WHEN @ready IS NOT NULL AND cancel_time IS NOT NULL AND NOT @is_cancelled
                    THEN @now ELSE @ready END,
                report = CASE WHEN @ready IS NULL THEN @report ELSE coalesce(@report, report) END, message = @message,
                end_time = CASE WHEN @ready IS NULL THEN @now END,
                attempt = CASE WHEN @undone AND attempt > 1 THEN attempt - 1 ELSE attempt END
            WHERE project_id = @project AND job_name = @job AND run_id = @run
                AND state = 'running' AND fencing_token = @token
            RETURNING *
        ), ended AS (
            UPDATE scheduling.run_attempt a SET end_time = @now, error = @error, error_code = @error_code
            FROM left_now t
            WHERE a.project_id = t.project_id AND a.job_name = t.job_name AND a.run_id = t.run_id
                AND a.attempt = t.attempt AND a.fencing_token = @token
        ), undone AS (
            DELETE FROM scheduling.run_attempt a USING left_now t
            WHERE a.project_id = t.project_id AND a.job_name = t.job_name AND a.run_id = t.run_id
                AND a.attempt > t.attempt AND a.fencing_token = @token
        )
        SELECT true FROM left_now
        """;

    /// <summary>
    /// Only where the statement before ended the run: the row says so by its token and its end. And by the transaction
    /// that wrote it: a second try, of a worker that did not hear of its first, finds the same token and end.
    /// </summary>
    private const string IsMine = """
        EXISTS (SELECT FROM scheduling.job_run r WHERE r.project_id = @project AND r.job_name = @job AND r.run_id = @run
            AND r.fencing_token = @token AND r.end_time = @now AND r.xmin = pg_current_xact_id()::xid)
        """;

    private static void AddCounting(ProjectBatch batch, RunRecord run, AttemptEnd end)
    {
        var (succeeded, failed) = (end.Outcome.State == RunState.Succeeded, end.Outcome.State == RunState.Failed);
        About(
                batch.Add(
                    $"""
                    UPDATE scheduling.job j SET
                        succeeded_count = succeeded_count + @succeeded::int, failed_count = failed_count + @failed::int,
                        skipped_count = skipped_count + @skipped::int,
                        failures_in_row = CASE WHEN @succeeded THEN 0 ELSE failures_in_row + @failed::int END,
                        pause_time = CASE WHEN {IsTooMuch} THEN @now ELSE pause_time END,
                        pause_reason = CASE WHEN {IsTooMuch}
                            THEN 'It failed ' || failures_in_row + 1 || ' times in a row.' ELSE pause_reason END,
                        next_time = CASE WHEN {IsTooMuch} THEN NULL ELSE next_time END,
                        next_run_time = CASE WHEN {IsTooMuch} THEN NULL ELSE next_run_time END
                    WHERE project_id = @project AND name = @job AND {IsMine}
                    """
                ),
                run
            )
            .With("succeeded", succeeded)
            .With("failed", failed)
            .With("skipped", end.Outcome.State == RunState.Skipped)
            .With("pause_after", end.PauseAfterFailures)
            .With("now", end.Now);
        if (!succeeded && !failed)
            return;
        About(
                batch.Add(
                    $"""
                    UPDATE scheduling.job SET next_time = least(next_time, @now)
                    WHERE project_id = @project AND after_jobs <> '{"{}"}' AND after_jobs @> ARRAY[@job]
                        AND pause_time IS NULL AND {IsMine}
                    """
                ),
                run
            )
            .With("now", end.Now);
    }

    private const string IsTooMuch =
        "(@failed AND @pause_after > 0 AND pause_time IS NULL AND failures_in_row + 1 >= @pause_after)";

    /// <summary>The first run that waits for the key may begin.</summary>
    private static void AddReleasing(ProjectBatch batch, RunRecord run, DateTimeOffset now) =>
        About(
                batch.Add(
                    $"""
                    {RunLines.ReleaseSql}
                        AND c.concurrency_key = (SELECT r.concurrency_key FROM scheduling.job_run r
                            WHERE r.project_id = @project AND r.job_name = @job AND r.run_id = @run
                                AND r.fencing_token = @token)
                    {RunLines.First}
                    """
                ),
                run
            )
            .With("now", now);

    private async Task<IReadOnlyList<TakenRun>> TakeOneByOneAsync(
        ProjectId project,
        IReadOnlyList<RunKey> wanted,
        LeaseTerms terms,
        CancellationToken cancellationToken
    )
    {
        var taken = new List<TakenRun>();
        foreach (var run in wanted)
            taken.AddRange(await TakeAsync(project, [run], terms, cancellationToken));
        return taken;
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, RunRecord run) =>
        command
            .With("project", run.Project.Value)
            .With("job", run.Job)
            .With("run", run.Id)
            .With("token", run.FencingToken);
}

/// <summary>Which run of a project.</summary>
public readonly record struct RunKey(string Job, Guid Run);

/// <summary>A run that can be taken.</summary>
public readonly record struct ReadyRun(EngineProject Project, RunKey Run);

/// <summary>On what terms runs are taken.</summary>
/// <param name="Worker">Which replica, for people.</param>
/// <param name="Length">After how long without renewal another may take over.</param>
public sealed record LeaseTerms(string Worker, DateTimeOffset Now, TimeSpan Length);

/// <summary>A run that is this worker's now.</summary>
/// <param name="WasLeftBehind">Whether another worker had it, whose lease passed.</param>
public sealed record TakenRun(RunRecord Run, JobRecord Job, bool WasLeftBehind);

/// <summary>How an attempt ended, and what follows.</summary>
/// <param name="NextAttempt">When the run may be tried again; null: it has ended for good.</param>
/// <param name="PauseAfterFailures">After how many failures in a row its job pauses; 0: never.</param>
public sealed record AttemptEnd(
    RunOutcome Outcome,
    DateTimeOffset? NextAttempt,
    int PauseAfterFailures,
    DateTimeOffset Now
)
{
    /// <summary>
    /// Whether the attempt ended because a caller cancelled the run, and what follows only tidies up. Else a run that
    /// was cancelled meanwhile is ready at once.
    /// </summary>
    public bool IsCancelled { get; init; }

    /// <summary>
    /// Whether the attempt is taken back, as if it had not been begun; a run's first one stays. For a next attempt.
    /// </summary>
    public bool IsUndone { get; init; }

    internal string StateName =>
        NextAttempt is null ? Outcome.State.ToString().ToLowerInvariant() : nameof(RunState.Waiting).ToLowerInvariant();

    internal string? Error =>
        NextAttempt is not null || Outcome.State is RunState.Failed or RunState.Cancelled ? Outcome.Message : null;
}
