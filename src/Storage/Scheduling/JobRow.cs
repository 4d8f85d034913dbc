using System.Text.Json;
using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.Storage.Scheduling;

/// <summary>The columns of a job in every query, and how they are read.</summary>
internal static class JobRow
{
    /// <summary>Of <c>j</c> (job).</summary>
    public const string Columns = """
        j.project_id, j.name, j.job_id, j.uid, j.display_name, j.labels::text, j.schedule::text, j.calendar,
        j.after_jobs, j.schedule_time, j.cursor_time, j.next_time, j.next_run_time, j.task_kind, j.task::text,
        j.policy::text, j.pause_time, j.pause_reason, j.started_count, j.succeeded_count, j.failed_count,
        j.missed_count, j.skipped_count, j.failures_in_row, j.create_time, j.update_time, j.revision
        """;

    public static readonly NamedTable<JobRecord> Table = new("Job", "scheduling.job", "j", "job_id", Columns, Read)
    {
        NameConstraint = "job_pkey",
        NoSuch = JobStore.NoSuchJob,
    };

    public static JobRecord Read(NpgsqlDataReader row) => Read(row, at: 0);

    /// <param name="at">Where the columns begin.</param>
    public static JobRecord Read(NpgsqlDataReader row, int at) =>
        new(new ProjectId(row.GetInt64(at)), row.GetString(at + 1))
        {
            Id = row.GetInt64(at + 2),
            Uid = row.GetGuid(at + 3),
            DisplayName = row.GetString(at + 4),
            Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(at + 5))!,
            Timetable = ReadTimetable(row, at),
            TaskKind = row.GetString(at + 13),
            TaskJson = row.GetString(at + 14),
            PolicyJson = row.GetString(at + 15),
            PauseTime = Time(row, at + 16),
            PauseReason = row.GetString(at + 17),
            Tally = new(
                row.GetInt64(at + 18),
                row.GetInt64(at + 19),
                row.GetInt64(at + 20),
                row.GetInt64(at + 21),
                row.GetInt64(at + 22)
            ),
            FailuresInRow = row.GetInt32(at + 23),
            CreateTime = row.GetFieldValue<DateTimeOffset>(at + 24),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(at + 25),
            Revision = row.GetInt64(at + 26),
        };

    public static DateTimeOffset? Time(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static JobTimetable ReadTimetable(NpgsqlDataReader row, int at) =>
        new(
            row.IsDBNull(at + 6) ? null : row.GetString(at + 6),
            row.IsDBNull(at + 7) ? null : row.GetString(at + 7),
            row.GetFieldValue<string[]>(at + 8)
        )
        {
            ScheduleTime = row.GetFieldValue<DateTimeOffset>(at + 9),
            CursorTime = row.GetFieldValue<DateTimeOffset>(at + 10),
            NextTime = Time(row, at + 11),
            NextRunTime = Time(row, at + 12),
        };
}
