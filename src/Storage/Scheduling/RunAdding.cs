using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>The statement by which runs are added, one or thousands.</summary>
internal static class RunAdding
{
    // The head of a line may begin, unless one of its key goes on; the others follow it. What a pause holds up is in
    // nobody's way.
    private const string Sql = """
        INSERT INTO scheduling.job_run (project_id, job_name, run_id, state, cause, scheduled_time, concurrency_key,
            makes_up, message, creator, dry_run, create_time, end_time, ready_time)
        SELECT @project, n.job, n.run, CASE WHEN n.skip IS NULL THEN 'queued' ELSE 'skipped' END, n.cause, n.scheduled,
            n.key, n.makes_up, coalesce(n.skip, ''), @creator, @dry_run, @now,
            CASE WHEN n.skip IS NOT NULL THEN @now END,
            CASE WHEN n.skip IS NOT NULL THEN NULL
                WHEN n.key IS NULL THEN @now
                WHEN NOT n.is_head OR EXISTS (
                    SELECT FROM scheduling.job_run o
                    WHERE o.project_id = @project AND o.concurrency_key = n.key AND o.state = 'running')
                OR EXISTS (
                    SELECT FROM scheduling.job_run o
                    WHERE o.project_id = @project AND o.job_name = n.job AND o.concurrency_key = n.key
                        AND o.makes_up = n.makes_up AND o.end_time IS NULL
                        AND (j.pause_time IS NULL OR o.cause = 'caller'))
                THEN 'infinity' ELSE @now END
        FROM unnest(@jobs, @runs, @causes, @scheduled, @keys, @makes_up, @skips, @heads)
            WITH ORDINALITY AS n (job, run, cause, scheduled, key, makes_up, skip, is_head, place)
        JOIN scheduling.job j ON j.project_id = @project AND j.name = n.job
        ORDER BY n.place
        ON CONFLICT (project_id, job_name, scheduled_time) WHERE cause IN ('schedule', 'job') DO NOTHING
        """;

    /// <summary>
    /// Adds runs of jobs whose rows this transaction holds; a time of the schedule that has a run already gets no
    /// other.
    /// </summary>
    public static void AddTo(ProjectBatch batch, ProjectId project, IReadOnlyList<PlannedRun> runs, DateTimeOffset now)
    {
        if (runs.Count == 0)
            return;
        batch
            .Add(Sql)
            .With("project", project.Value)
            .With("creator", runs[0].Creator)
            .With("dry_run", runs[0].DryRun)
            .With("now", now)
            .With("jobs", runs.Select(run => run.Job).ToArray())
            .With("runs", runs.Select(run => run.Id).ToArray())
            .With("causes", runs.Select(run => run.Cause.ToString().ToLowerInvariant()).ToArray())
            .With("scheduled", runs.Select(run => run.ScheduledTime?.ToUniversalTime()).ToArray())
            .With("keys", NpgsqlDbType.Array | NpgsqlDbType.Text, runs.Select(run => run.ConcurrencyKey).ToArray())
            .With("makes_up", runs.Select(run => run.MakesUp).ToArray())
            .With("skips", NpgsqlDbType.Array | NpgsqlDbType.Text, runs.Select(run => run.SkipReason).ToArray())
            .With("heads", Heads(runs));
    }

    /// <summary>Which runs are the first of their line among these.</summary>
    private static bool[] Heads(IReadOnlyList<PlannedRun> runs)
    {
        var lines = new HashSet<(string Job, string? Key, bool MakesUp)>();
        return [.. runs.Select(run => run.SkipReason is null && lines.Add((run.Job, run.ConcurrencyKey, run.MakesUp)))];
    }
}
