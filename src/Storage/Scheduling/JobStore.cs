using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using NpgsqlTypes;

namespace Dendrite.Storage.Scheduling;

/// <summary>Finds and lists jobs. Changes are in <see cref="JobWriter"/>. For the scheduler only.</summary>
public sealed class JobStore(PlatformDatabase database)
{
    private readonly NamedRows<JobRecord> rows = new(database, JobRow.Table);

    /// <summary>The job of that name; null where there is none. One round trip.</summary>
    public Task<JobRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.FindAsync(project, name, cancellationToken);

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">JOB_NOT_FOUND.</exception>
    public Task<JobRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of jobs. One round trip.</summary>
    public async Task<IReadOnlyList<JobRecord>> ListAsync(
        ProjectId project,
        JobQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {JobRow.Columns} FROM scheduling.job j
                        WHERE j.project_id = @project AND {query.Order.After(query.After, "j.name")} AND {filter}
                        ORDER BY {query.Order.OrderBy("j.name")} LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With("limit", query.Limit);
        query.Order.With(command, query.After);
        return await batch.ReadRowsAsync(JobRow.Read, cancellationToken);
    }

    /// <summary>The jobs of these names that exist, in no order. One round trip.</summary>
    public Task<IReadOnlyList<JobRecord>> ListAsync(
        ProjectId project,
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, names, cancellationToken);

    /// <summary>What is due in all projects but those left out, the longest due first. One round trip.</summary>
    public async Task<IReadOnlyList<DueJob>> ListDueAsync(
        DateTimeOffset now,
        int limit,
        IReadOnlyCollection<ProjectId> leftOut,
        CancellationToken cancellationToken
    )
    {
        await using var command = database.DataSource.CreateCommand(
            "SELECT project_id, project_name, job_name FROM scheduling.list_due_jobs(@now, @limit, @left_out)"
        );
        command.Parameters.AddWithValue("now", NpgsqlDbType.TimestampTz, now.ToUniversalTime());
        command.Parameters.AddWithValue("limit", limit);
        command.Parameters.AddWithValue("left_out", leftOut.Select(project => project.Value).ToArray());
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var due = new List<DueJob>();
        while (await reader.ReadAsync(cancellationToken))
            due.Add(new(new(new(reader.GetInt64(0)), reader.GetString(1)), reader.GetString(2)));
        return due;
    }

    /// <summary>JOB_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchJob(string name) =>
        new(ErrorReason.JobNotFound, $"Job '{name}' does not exist; list the project's jobs for those that do.");
}

/// <summary>Which jobs to list.</summary>
public sealed record JobQuery(int Limit)
{
    /// <summary>Where the page before ended; null for the first.</summary>
    public RowPlace? After { get; init; }

    public RowOrder Order { get; init; } = RowOrder.ByName;

    public RowCondition Filter { get; init; } = RowCondition.All();
}

/// <summary>A project in which the engine has work.</summary>
/// <param name="Name">Its id in resource names.</param>
public readonly record struct EngineProject(ProjectId Id, string Name);

/// <summary>A job whose time has come.</summary>
public readonly record struct DueJob(EngineProject Project, string Job);

/// <summary>What lists of jobs are filtered and ordered by.</summary>
public static class JobFields
{
    public static RowField Name { get; } = new("j.name", NpgsqlDbType.Text) { IsId = true };

    /// <summary><c>active</c>, <c>paused</c> or <c>ended</c>.</summary>
    public static RowField State { get; } = new(StateSql, NpgsqlDbType.Text);

    public static RowField TaskKind { get; } = new("j.task_kind", NpgsqlDbType.Text);

    public static RowField NextRunTime { get; } = new("j.next_run_time", NpgsqlDbType.TimestampTz);

    public static RowOrder.Time ByNextRunTime { get; } = new("coalesce(j.next_run_time, 'infinity')");

    public static RowField Label(string key) => new("(j.labels ->> @key)", NpgsqlDbType.Text) { Key = key };

    // It has a schedule of times, and none is to come. One that follows other jobs never ends.
    private const string StateSql = """
        (CASE WHEN j.pause_time IS NOT NULL THEN 'paused'
              WHEN j.schedule IS NOT NULL AND j.after_jobs = '{}' AND j.next_time IS NULL THEN 'ended'
              ELSE 'active' END)
        """;
}
