namespace Dendrite.Storage.Scheduling;

/// <summary>What it is to ask a run to stop, whoever asks.</summary>
internal static class RunCancelling
{
    /// <summary>Why a run is asked to stop whose job cancels the others.</summary>
    public const string NextIsDue = "The next run was due.";

    /// <summary>What is said of those of them that end at once.</summary>
    public const string SaidNextIsDue = "Cancelled: the next run was due.";

    /// <summary>
    /// One of a workflow that had begun, or whose operation may go on by itself: a worker takes it once more to tidy up
    /// after it.
    /// </summary>
    private const string Tidies = """
        (EXISTS (
            SELECT FROM scheduling.workflow_run w
            WHERE w.project_id = r.project_id AND w.job_name = r.job_name AND w.run_id = r.run_id
                AND w.state IS NOT NULL)
        OR r.attempt > 0 AND EXISTS (
            SELECT FROM scheduling.job b
            WHERE b.project_id = r.project_id AND b.name = r.job_name
                AND b.task_kind IN ('backup_plan', 'restore_drill')))
        """;

    /// <summary>Nobody works on it, and nothing of it is to be tidied up.</summary>
    private const string Ends = $"(r.state <> 'running' AND NOT {Tidies})";

    /// <summary>
    /// Asks those to stop that the conditions on <c>r</c> name which follow, and have not ended. Needs <c>@now</c>,
    /// <c>@reason</c>, and <c>@said</c>, the message of those that end at once.
    /// </summary>
    public const string Sql = $"""
        UPDATE scheduling.job_run r SET cancel_time = coalesce(r.cancel_time, @now), cancel_reason = @reason,
            end_time = CASE WHEN {Ends} THEN @now END,
            message = CASE WHEN {Ends} THEN @said ELSE r.message END,
            ready_time = CASE WHEN r.state <> 'running' AND {Tidies} THEN @now END,
            state = CASE WHEN {Ends} THEN 'cancelled' ELSE r.state END
        """;
}
