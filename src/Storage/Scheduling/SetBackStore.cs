namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Sets back what a clock that was ahead left in the future: jobs, and runs that wait, would sleep until that time
/// comes.
/// </summary>
public sealed class SetBackStore(PlatformDatabase database)
{
    /// <summary>By how much the clocks of replicas and of the database may differ, as an interval of SQL.</summary>
    internal const string Apart = "interval '5 minutes'";

    /// <summary>
    /// Where both clocks, the caller's and the database's, say that it lies ahead: one replica whose own clock is
    /// behind changes nothing.
    /// </summary>
    internal const string Present = "greatest(@now, statement_timestamp())";

    private static readonly string[] Statements =
    [
            // Times of the schedule that have runs already get no others.
            $"""
            UPDATE scheduling.job SET cursor_time = {Present},
                next_time = CASE WHEN pause_time IS NULL AND schedule IS NOT NULL THEN {Present} END
            WHERE project_id = @project AND cursor_time > {Present} + {Apart}
            RETURNING true
            """,
            // Asked as the index has it that says who wakes when. One that never began is ready since some moment; of
            // one that waits its last attempt says when that was, and one that found no rest, or is cancelled, waits a
            // minute at most.
            $"""
            UPDATE scheduling.job_run r SET ready_time = {Present}
            WHERE r.project_id = @project AND r.end_time IS NULL AND r.ready_time IS NOT NULL
                AND coalesce(r.lease_until, r.ready_time) > {Present} + {Apart}
                AND coalesce(r.lease_until, r.ready_time) < 'infinity'
                AND (r.state = 'queued' OR r.message = @no_rest OR r.cancel_time > {Present} + {Apart} OR EXISTS (
                    SELECT FROM scheduling.run_attempt a
                    WHERE a.project_id = r.project_id AND a.job_name = r.job_name AND a.run_id = r.run_id
                        AND a.attempt = r.attempt AND a.end_time > {Present} + {Apart}))
            RETURNING true
            """,
            // Whoever still works on it renews that.
            $"""
            UPDATE scheduling.job_run SET lease_until = {Present} + @lease
            WHERE project_id = @project AND end_time IS NULL AND lease_until IS NOT NULL
                AND coalesce(lease_until, ready_time) > {Present} + {Apart} + @lease
                AND coalesce(lease_until, ready_time) < 'infinity'
            RETURNING true
            """,
    ];

    /// <summary>One round trip.</summary>
    /// <param name="lease">For how long a run is taken at a time.</param>
    /// <param name="foundNoRest">The message of runs that were given back because too many waited.</param>
    /// <returns>How many jobs and runs.</returns>
    public async Task<int> SetBackAsync(
        ProjectId project,
        DateTimeOffset now,
        TimeSpan lease,
        string foundNoRest,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        foreach (var sql in Statements)
        {
            batch
                .Add(sql)
                .With("project", project.Value)
                .With("now", now)
                .With("lease", lease)
                .With("no_rest", foundNoRest);
        }

        return await batch.ReadAsync(
            async (reader, token) =>
            {
                var count = 0;
                do
                {
                    while (await reader.ReadAsync(token))
                        count++;
                } while (await reader.NextResultAsync(token));

                return count;
            },
            cancellationToken
        );
    }
}
