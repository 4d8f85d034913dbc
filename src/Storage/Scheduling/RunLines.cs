namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Who waits for whom. Runs of one job and key stand in line, the oldest first, and what makes up for the past in a
/// line of its own; the heads of the lines of a key wait for each other.
/// </summary>
internal static class RunLines
{
    /// <summary>
    /// Lets heads of lines begin that were put aside; conditions on <c>c</c> and <see cref="First"/> follow. Needs
    /// <c>@project</c> and <c>@now</c>.
    /// </summary>
    public const string ReleaseSql = """
        UPDATE scheduling.job_run released SET ready_time = @now
        FROM (
            SELECT c.job_name, c.run_id FROM scheduling.job_run c
            JOIN scheduling.job j ON j.project_id = c.project_id AND j.name = c.job_name
            WHERE c.project_id = @project AND c.state IN ('queued', 'waiting') AND c.ready_time = 'infinity'
                AND (j.pause_time IS NULL OR c.cause = 'caller' OR c.cancel_time IS NOT NULL)
                AND NOT EXISTS (
                    SELECT FROM scheduling.job_run older
                    WHERE older.project_id = @project AND older.concurrency_key = c.concurrency_key
                        AND older.job_name = c.job_name AND older.makes_up = c.makes_up
                        AND older.end_time IS NULL AND older.run_number < c.run_number
                        AND (j.pause_time IS NULL OR older.cause = 'caller' OR older.state = 'running'))
        """;

    /// <summary>One of them: others would find it running.</summary>
    public const string First = """
            ORDER BY c.makes_up, c.run_number LIMIT 1
            FOR UPDATE OF c SKIP LOCKED
        ) head
        WHERE released.project_id = @project AND released.job_name = head.job_name AND released.run_id = head.run_id
        """;

    /// <summary>All of them: those that find another one running are put aside again.</summary>
    public const string All = """
            FOR UPDATE OF c SKIP LOCKED
        ) head
        WHERE released.project_id = @project AND released.job_name = head.job_name AND released.run_id = head.run_id
        """;
}
