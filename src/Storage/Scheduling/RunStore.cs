using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>
/// Finds and lists runs. How they are planned is in <see cref="RunQueue"/>, what a worker does with one in
/// <see cref="RunLeaseStore"/>.
/// </summary>
public sealed class RunStore(PlatformDatabase database)
{
    /// <summary>One round trip. Null where there is none.</summary>
    public async Task<RunRecord?> FindAsync(
        ProjectId project,
        string job,
        Guid runId,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RunRow.ColumnsWithAttempts} FROM scheduling.job_run r
                WHERE r.project_id = @project AND r.job_name = @job AND r.run_id = @run
                """
            )
            .With("project", project.Value)
            .With("job", job)
            .With("run", runId);
        return await batch.ReadRowAsync(RunRow.ReadWithAttempts, cancellationToken);
    }

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">RUN_NOT_FOUND.</exception>
    public async Task<RunRecord> GetAsync(
        ProjectId project,
        string job,
        Guid runId,
        CancellationToken cancellationToken
    ) => await FindAsync(project, job, runId, cancellationToken) ?? throw NoSuchRun(job, runId.ToString());

    /// <summary>A page of runs, newest first. One round trip.</summary>
    public async Task<IReadOnlyList<RunRecord>> ListAsync(
        ProjectId project,
        RunQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {RunRow.ColumnsWithAttempts} FROM scheduling.job_run r
                        WHERE r.project_id = @project AND (@job IS NULL OR r.job_name = @job)
                            AND (@before IS NULL OR r.run_id < @before) AND {filter}
                        ORDER BY r.run_id DESC LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With("job", NpgsqlDbType.Text, query.Job)
            .With("before", NpgsqlDbType.Uuid, query.Before)
            .With("limit", query.Limit);
        return await batch.ReadRowsAsync(RunRow.ReadWithAttempts, cancellationToken);
    }

    /// <summary>The latest run of each of these jobs that has one. One round trip.</summary>
    public async Task<IReadOnlyDictionary<string, RunRecord>> LatestAsync(
        ProjectId project,
        IReadOnlyCollection<string> jobs,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RunRow.ColumnsWithAttempts} FROM unnest(@jobs) AS wanted (job)
                CROSS JOIN LATERAL (
                    SELECT * FROM scheduling.job_run l
                    WHERE l.project_id = @project AND l.job_name = wanted.job ORDER BY l.run_id DESC LIMIT 1
                ) r
                """
            )
            .With("project", project.Value)
            .With("jobs", jobs.ToArray());
        var latest = await batch.ReadRowsAsync(RunRow.ReadWithAttempts, cancellationToken);
        return latest.ToDictionary(run => run.Job, StringComparer.Ordinal);
    }

    /// <summary>RUN_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchRun(string job, string run) =>
        new(
            ErrorReason.RunNotFound,
            $"Run '{run}' of job '{job}' does not exist; list the job's runs for those that do."
        );
}

/// <summary>Which runs to list.</summary>
/// <param name="Job">Id of the job; null: of all jobs.</param>
public sealed record RunQuery(string? Job, int Limit)
{
    /// <summary>The last run of the page before; null for the first page.</summary>
    public Guid? Before { get; init; }

    public RowCondition Filter { get; init; } = RowCondition.All();
}

/// <summary>What lists of runs are filtered by.</summary>
public static class RunFields
{
    public static RowField State { get; } = new("r.state", NpgsqlDbType.Text);

    public static RowField Cause { get; } = new("r.cause", NpgsqlDbType.Text);

    public static RowField ScheduledTime { get; } = new("r.scheduled_time", NpgsqlDbType.TimestampTz);

    public static RowField StartTime { get; } = new("r.start_time", NpgsqlDbType.TimestampTz);

    public static RowField EndTime { get; } = new("r.end_time", NpgsqlDbType.TimestampTz);
}
