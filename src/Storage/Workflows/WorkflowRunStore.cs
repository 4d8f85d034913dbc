using System.Text.Json;
using Dendrite.Storage.Scheduling;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Workflows;

/// <summary>
/// How far runs of workflows are. What a worker writes is written under its run's fencing token: of one that was taken
/// over from, nothing. Thread-safe.
/// </summary>
public sealed class WorkflowRunStore(PlatformDatabase database)
{
    private const string Columns = "w.workflow, w.definition::text, w.template_values::text, w.state::text, r.retries";

    private const string OfRun =
        "r.project_id = @project AND r.job_name = @job AND r.run_id = @run AND r.end_time IS NULL";

    /// <summary>Adds to the batch that adds a run what it begins with.</summary>
    internal static void AddTo(ProjectBatch batch, ProjectId project, RunKey run, WorkflowBeginning beginning) =>
        batch
            .Add($"{BeginSql} ON CONFLICT DO NOTHING")
            .With("project", project.Value)
            .With("job", run.Job)
            .With("run", run.Run)
            .With("workflow", beginning.Workflow)
            .With("values", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(beginning.Values));

    /// <summary>
    /// What a run is to do and how far it is; of one that a schedule began, the workflow as it is now from then on. One
    /// round trip.
    /// </summary>
    /// <returns>Null where the workflow is gone, or the run is another's by now.</returns>
    public async Task<WorkflowRunRecord?> BeginAsync(
        RunRecord run,
        string workflow,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        About(batch.Add($"{BeginSql} AND r.fencing_token = @token ON CONFLICT DO NOTHING"), run)
            .With("workflow", workflow)
            .With("values", NpgsqlDbType.Jsonb, "{}");
        About(
            batch.Add(
                $"""
                SELECT {Columns} FROM scheduling.workflow_run w JOIN scheduling.job_run r
                    USING (project_id, job_name, run_id)
                WHERE {OfRun} AND r.fencing_token = @token
                """
            ),
            run
        );
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    /// <summary>How far a run is; null where it is none of a workflow or has not begun. One round trip.</summary>
    public async Task<WorkflowRunRecord?> FindAsync(ProjectId project, RunKey run, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {Columns} FROM scheduling.workflow_run w JOIN scheduling.job_run r
                    USING (project_id, job_name, run_id)
                WHERE r.project_id = @project AND r.job_name = @job AND r.run_id = @run
                """
            )
            .With("project", project.Value)
            .With("job", run.Job)
            .With("run", run.Run);
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    /// <summary>Keeps how far a run is, and shows it in the run's report. One round trip.</summary>
    /// <returns>False where the run is another's by now, and nothing was kept.</returns>
    public async Task<bool> KeepAsync(
        RunRecord run,
        string stateJson,
        string reportJson,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(run.Project);
        About(
                batch.Add(
                    $"""
                    WITH held AS (
                        UPDATE scheduling.job_run r SET report = @report
                        WHERE {OfRun} AND r.fencing_token = @token AND r.state = 'running'
                        RETURNING r.project_id, r.job_name, r.run_id
                    )
                    UPDATE scheduling.workflow_run w SET state = @state FROM held
                    WHERE w.project_id = held.project_id AND w.job_name = held.job_name AND w.run_id = held.run_id
                    RETURNING true
                    """
                ),
                run
            )
            .With("state", NpgsqlDbType.Jsonb, stateJson)
            .With("report", NpgsqlDbType.Jsonb, reportJson);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    private const string BeginSql = $"""
        INSERT INTO scheduling.workflow_run (project_id, job_name, run_id, workflow, definition, template_values)
        SELECT r.project_id, r.job_name, r.run_id, w.name, w.definition, @values
        FROM scheduling.job_run r JOIN scheduling.workflow w ON w.project_id = r.project_id AND w.name = @workflow
        WHERE {OfRun}
        """;

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, RunRecord run) =>
        command
            .With("project", run.Project.Value)
            .With("job", run.Job)
            .With("run", run.Id)
            .With("token", run.FencingToken);

    private static WorkflowRunRecord Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetString(1),
            JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(2))!,
            row.IsDBNull(3) ? null : row.GetString(3),
            row.GetInt32(4)
        );
}
