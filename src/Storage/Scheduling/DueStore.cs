using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>Holds jobs whose time has come while it is decided what to run.</summary>
public sealed class DueStore(PlatformDatabase database)
{
    /// <summary>
    /// Begins a transaction that holds those of the jobs that are due and that no other replica holds. One round trip.
    /// </summary>
    public async Task<DueTransaction> HoldAsync(
        ProjectId project,
        IReadOnlyCollection<string> names,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        var session = await database.BeginAsync(project, cancellationToken);
        try
        {
            await using var batch = session.CreateBatch();
            foreach (var sql in Statements)
                batch
                    .Add(sql)
                    .With("project", project.Value)
                    .With("names", names.ToArray())
                    .With("now", now.ToUniversalTime());
            return await batch.ReadAsync((reader, token) => ReadAsync(session, reader, token), cancellationToken);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    // The first holds the rows; what the others see was committed before, and nobody adds to it meanwhile.
    private static readonly string[] Statements =
    [
        $"""
            SELECT {JobRow.Columns} FROM scheduling.job j
            WHERE j.project_id = @project AND j.name = ANY (@names) AND j.next_time <= @now
            ORDER BY j.name FOR UPDATE OF j SKIP LOCKED
            """,
        """
            SELECT job_name::text, count(*) FILTER (WHERE attempt > 0), count(*) FILTER (WHERE attempt = 0)
            FROM scheduling.job_run
            WHERE project_id = @project AND job_name = ANY (@names) AND end_time IS NULL AND NOT makes_up
                AND @now IS NOT NULL
            GROUP BY job_name
            """,
        """
            SELECT r.job_name::text, r.scheduled_time FROM scheduling.job_run r
            JOIN scheduling.job j ON j.project_id = r.project_id AND j.name = r.job_name
            WHERE r.project_id = @project AND j.name = ANY (@names) AND r.cause = 'schedule'
                AND r.scheduled_time > j.cursor_time
                    - CASE WHEN jsonb_exists(j.schedule, 'attempts') THEN interval '40 days' ELSE interval '0' END
                AND @now IS NOT NULL
            """,
            // Ends of later, by a clock that was ahead, were answered then, or say nothing: what has truly come to an
            // end goes before what a replica's clock has as a little later.
            $$"""
            SELECT j.name::text, max(ended.end_time)
            FROM scheduling.job j
            CROSS JOIN unnest(j.after_jobs) AS before (job)
            LEFT JOIN LATERAL (
                SELECT r.end_time FROM scheduling.job_run r
                WHERE r.project_id = @project AND r.job_name = before.job AND r.end_time > j.cursor_time
                    AND r.end_time <= @now + {{SetBackStore.Apart}} AND NOT r.dry_run
                    AND (r.state = 'succeeded'
                        OR r.state = 'failed' AND coalesce((j.schedule #>> '{afterJobs,anyOutcome}')::boolean, false))
                ORDER BY r.end_time > @now, r.end_time DESC LIMIT 1
            ) ended ON true
            WHERE j.project_id = @project AND j.name = ANY (@names) AND j.after_jobs <> '{}' AND j.next_time <= @now
            GROUP BY j.name
            HAVING bool_and(ended.end_time IS NOT NULL)
            """,
    ];

    private static async Task<DueTransaction> ReadAsync(
        ProjectSession session,
        NpgsqlDataReader reader,
        CancellationToken token
    )
    {
        var jobs = new List<JobRecord>();
        while (await reader.ReadAsync(token))
            jobs.Add(JobRow.Read(reader));
        await reader.NextResultAsync(token);
        var goingOn = new Dictionary<string, UnfinishedRuns>(StringComparer.Ordinal);
        while (await reader.ReadAsync(token))
            goingOn[reader.GetString(0)] = new(reader.GetInt64(1), reader.GetInt64(2));
        await reader.NextResultAsync(token);
        var known = new HashSet<(string, DateTimeOffset)>();
        while (await reader.ReadAsync(token))
            known.Add((reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)));
        await reader.NextResultAsync(token);
        var released = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        while (await reader.ReadAsync(token))
            released[reader.GetString(0)] = reader.GetFieldValue<DateTimeOffset>(1);
        return new(session, jobs)
        {
            GoingOn = goingOn,
            KnownTimes = known,
            Released = released,
        };
    }
}

/// <summary>A transaction that holds due jobs. Undone unless committed.</summary>
public sealed class DueTransaction : IAsyncDisposable
{
    private readonly ProjectSession session;

    internal DueTransaction(ProjectSession session, IReadOnlyList<JobRecord> jobs) =>
        (this.session, Jobs) = (session, jobs);

    /// <summary>The jobs that are this replica's to advance.</summary>
    public IReadOnlyList<JobRecord> Jobs { get; }

    /// <summary>
    /// Of jobs that have any: their runs that have not ended, but for those that make up for the past.
    /// </summary>
    public required IReadOnlyDictionary<string, UnfinishedRuns> GoingOn { get; init; }

    /// <summary>
    /// For which times behind their cursors jobs have a run already, as after a clock that was ahead; of jobs with
    /// several attempts a day also before.
    /// </summary>
    public required IReadOnlySet<(string Job, DateTimeOffset Time)> KnownTimes { get; init; }

    /// <summary>Of jobs that follow others which have all ended as wanted: when the last of them did.</summary>
    public required IReadOnlyDictionary<string, DateTimeOffset> Released { get; init; }

    /// <summary>Stores what was decided and takes some of the new runs. Two round trips.</summary>
    public async Task<IReadOnlyList<TakenRun>> CommitAsync(
        IReadOnlyList<JobAdvance> advances,
        IReadOnlyList<RunKey> take,
        LeaseTerms terms,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        var project = session.Project;
        AddCancelling(
            batch,
            [.. advances.Where(advance => advance.CancelsOthers).Select(advance => advance.Job)],
            terms.Now
        );
        AddAdvancing(batch, advances);
        RunAdding.AddTo(batch, project, [.. advances.SelectMany(advance => advance.Runs)], terms.Now);
        if (take.Count > 0)
            RunTaking.AddTo(batch, project, take, terms);
        var taken = await batch.ReadAsync(
            (reader, token) => ReadLastAsync(reader, take.Count > 0, token),
            cancellationToken
        );
        await session.CommitAsync(cancellationToken);
        return taken;
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    private static async Task<IReadOnlyList<TakenRun>> ReadLastAsync(
        NpgsqlDataReader reader,
        bool hasTaken,
        CancellationToken token
    )
    {
        var taken = new List<TakenRun>();
        if (!hasTaken)
            return taken;
        // Statements that return no rows have no result of their own to step over.
        while (await reader.ReadAsync(token))
            taken.Add(RunTaking.Read(reader));
        return taken;
    }

    private void AddAdvancing(ProjectBatch batch, IReadOnlyList<JobAdvance> advances) =>
        batch
            .Add(
                """
                UPDATE scheduling.job j SET cursor_time = d.cursor_time, next_time = d.next_time,
                    next_run_time = d.next_run_time, missed_count = j.missed_count + d.missed,
                    skipped_count = j.skipped_count + d.skipped
                FROM unnest(@names, @cursors, @nexts, @next_runs, @missed, @skipped)
                    AS d (name, cursor_time, next_time, next_run_time, missed, skipped)
                WHERE j.project_id = @project AND j.name = d.name
                """
            )
            .With("project", session.Project.Value)
            .With("names", advances.Select(advance => advance.Job).ToArray())
            .With("cursors", advances.Select(advance => advance.Cursor.ToUniversalTime()).ToArray())
            .With("nexts", advances.Select(advance => advance.Next?.ToUniversalTime()).ToArray())
            .With("next_runs", advances.Select(advance => advance.NextRun?.ToUniversalTime()).ToArray())
            .With("missed", advances.Select(advance => advance.Missed).ToArray())
            .With("skipped", advances.Select(advance => advance.Skipped).ToArray());

    /// <summary>
    /// Asks as a caller would. Waiting here for runs that another transaction holds could wait for each other: those
    /// are asked again by <see cref="RunQueue.AskAgainAsync"/>, unless they are on their way to an end.
    /// </summary>
    private void AddCancelling(ProjectBatch batch, string[] jobs, DateTimeOffset now)
    {
        if (jobs.Length == 0)
            return;
        batch
            .Add(
                $"""
                {RunCancelling.Sql}
                FROM (
                    SELECT job_name, run_id FROM scheduling.job_run
                    WHERE project_id = @project AND job_name = ANY (@jobs) AND end_time IS NULL AND NOT makes_up
                    FOR UPDATE SKIP LOCKED
                ) other
                WHERE r.project_id = @project AND r.job_name = other.job_name AND r.run_id = other.run_id
                """
            )
            .With("project", session.Project.Value)
            .With("jobs", jobs)
            .With("reason", RunCancelling.NextIsDue)
            .With("said", RunCancelling.SaidNextIsDue)
            .With("now", now);
    }
}

/// <summary>How many runs of a job have not ended.</summary>
/// <param name="Begun">Running, or between two attempts.</param>
public readonly record struct UnfinishedRuns(long Begun, long Queued)
{
    public long All => Begun + Queued;
}

/// <summary>What becomes of a job whose time came.</summary>
public sealed record JobAdvance(string Job, IReadOnlyList<PlannedRun> Runs)
{
    public required DateTimeOffset Cursor { get; init; }

    /// <summary>When it is looked at next; null: not by itself.</summary>
    public required DateTimeOffset? Next { get; init; }

    /// <summary>When a run comes next by itself; null where no time is known.</summary>
    public required DateTimeOffset? NextRun { get; init; }

    public long Missed { get; init; }

    public long Skipped { get; init; }

    /// <summary>Whether its runs that are going on are asked to stop.</summary>
    public bool CancelsOthers { get; init; }
}
