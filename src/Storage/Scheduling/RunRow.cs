using System.Text.Json;
using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>How a run is read.</summary>
internal static class RunRow
{
    public const string Columns = """
        project_id, job_name, run_id, state, scheduled_time, creator, dry_run, create_time, start_time, end_time,
        attempt, fencing_token, results::text, report::text, message
        """;

    /// <summary>For readers of runs that show them; <c>job_run</c> must be named <c>r</c>.</summary>
    public const string ColumnsWithAttempts =
        Columns
        + """
            , (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                    'Number', a.attempt, 'FencingToken', a.fencing_token, 'Worker', a.worker,
                    'StartTime', a.start_time, 'EndTime', a.end_time, 'Error', a.error) ORDER BY a.attempt), '[]')::text
                FROM scheduling.run_attempt a
                WHERE a.project_id = r.project_id AND a.job_name = r.job_name AND a.run_id = r.run_id
            )
            """;

    private const int AttemptsColumn = 15;

    public static RunRecord Read(NpgsqlDataReader row) =>
        new(new ProjectId(row.GetInt64(0)), row.GetString(1), row.GetGuid(2))
        {
            State = Enum.Parse<RunState>(row.GetString(3), ignoreCase: true),
            ScheduledTime = Time(row, 4),
            Creator = row.GetString(5),
            DryRun = row.GetBoolean(6),
            CreateTime = row.GetFieldValue<DateTimeOffset>(7),
            StartTime = Time(row, 8),
            EndTime = Time(row, 9),
            Attempt = row.GetInt32(10),
            FencingToken = row.GetInt64(11),
            Results = JsonSerializer.Deserialize<Dictionary<string, long>>(row.GetString(12))!,
            Report = row.IsDBNull(13) ? null : row.GetString(13),
            Message = row.GetString(14),
            Attempts =
                row.FieldCount > AttemptsColumn
                    ? JsonSerializer.Deserialize<List<RunAttemptRecord>>(row.GetString(AttemptsColumn))!
                    : [],
        };

    private static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);
}
