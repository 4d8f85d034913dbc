using System.Text.Json;
using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>The columns of a run in every query, and how they are read.</summary>
internal static class RunRow
{
    /// <summary>Of <c>r</c> (job_run).</summary>
    public const string Columns = """
        r.project_id, r.job_name, r.run_id, r.state, r.cause, r.scheduled_time, r.creator, r.dry_run, r.create_time,
        r.start_time, r.end_time, r.attempt, r.fencing_token, r.cancel_time, r.cancel_reason, r.progress::text,
        r.log_lines, r.results::text, r.report::text, r.message,
        CASE WHEN r.state = 'waiting' AND r.ready_time < 'infinity' THEN r.ready_time END
        """;

    /// <summary>For readers of runs that show them.</summary>
    public const string ColumnsWithAttempts =
        Columns
        + """
            , (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'Number', a.attempt, 'FencingToken', a.fencing_token, 'Worker', a.worker,
                    'StartTime', a.start_time, 'EndTime', a.end_time, 'Error', a.error, 'ErrorCode', a.error_code)
                    ORDER BY a.attempt), '[]')::text
                FROM scheduling.run_attempt a
                WHERE a.project_id = r.project_id AND a.job_name = r.job_name AND a.run_id = r.run_id
            )
            """;

    /// <summary>How many <see cref="Columns"/> are; what a query adds follows.</summary>
    public const int Count = 21;

    public static RunRecord Read(NpgsqlDataReader row) =>
        new(new ProjectId(row.GetInt64(0)), row.GetString(1), row.GetGuid(2))
        {
            State = Enum.Parse<RunState>(row.GetString(3), ignoreCase: true),
            Cause = Enum.Parse<RunCause>(row.GetString(4), ignoreCase: true),
            ScheduledTime = JobRow.Time(row, 5),
            Creator = row.GetString(6),
            DryRun = row.GetBoolean(7),
            CreateTime = row.GetFieldValue<DateTimeOffset>(8),
            StartTime = JobRow.Time(row, 9),
            EndTime = JobRow.Time(row, 10),
            Attempt = row.GetInt32(11),
            FencingToken = row.GetInt64(12),
            CancelTime = JobRow.Time(row, 13),
            CancelReason = row.GetString(14),
            ProgressJson = row.IsDBNull(15) ? null : row.GetString(15),
            LogLines = row.GetInt64(16),
            Results = JsonSerializer.Deserialize<Dictionary<string, long>>(row.GetString(17))!,
            Report = row.IsDBNull(18) ? null : row.GetString(18),
            Message = row.GetString(19),
            NextAttemptTime = JobRow.Time(row, 20),
        };

    /// <summary>Of <see cref="ColumnsWithAttempts"/>.</summary>
    public static RunRecord ReadWithAttempts(NpgsqlDataReader row) =>
        Read(row) with
        {
            Attempts = JsonSerializer.Deserialize<List<RunAttemptRecord>>(row.GetString(Count))!,
        };
}
