using Dendrite.Errors;

namespace Dendrite.Storage.Workflows;

/// <summary>Whether somebody needs a workflow, and the end of its job.</summary>
internal static class WorkflowUse
{
    /// <summary>
    /// Holds the workflow's job, so that no run is added until the transaction ends, and refuses where runs go on or
    /// other jobs name the workflow. One round trip.
    /// </summary>
    /// <exception cref="DendriteException">RESOURCE_IN_USE.</exception>
    public static async Task RefuseAsync(
        ProjectSession session,
        string name,
        string resource,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                "SELECT ''::text, ''::text FROM scheduling.job WHERE project_id = @project AND name = @name FOR UPDATE"
            )
            .With("project", session.Project.Value)
            .With("name", name);
        // A statement of its own: it sees what was added while the first one waited.
        batch
            .Add(
                """
                SELECT 'run', r.run_id::text FROM scheduling.job_run r
                WHERE r.project_id = @project AND r.job_name = @name AND r.end_time IS NULL
                UNION ALL
                SELECT 'job', j.name::text FROM scheduling.job j
                WHERE j.project_id = @project AND j.name <> @name AND j.task_kind = 'workflow'
                    AND j.task ->> 'workflow' = @resource
                LIMIT 1
                """
            )
            .With("project", session.Project.Value)
            .With("name", name)
            .With("resource", resource);
        var (kind, user) = await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await reader.ReadAsync(token) ? (reader.GetString(0), reader.GetString(1)) : ("", "");
            },
            cancellationToken
        );
        if (kind.Length > 0)
        {
            throw new DendriteException(
                ErrorReason.ResourceInUse,
                kind == "run"
                    ? $"Run '{user}' of workflow '{name}' goes on: wait for its end, or cancel it and wait."
                    : $"Job '{user}' runs workflow '{name}': delete that job first, or give it another task."
            );
        }
    }

    /// <summary>
    /// Holds a job, so that no run is added until the transaction ends, and refuses where runs of a workflow go on,
    /// whatever the job runs now: without the record of such a run, or with another task to end it, nobody tidies up
    /// its branch. Runs that have not begun have none. One round trip.
    /// </summary>
    /// <exception cref="DendriteException">RESOURCE_IN_USE.</exception>
    public static async Task RefuseGoingOnAsync(ProjectSession session, string job, CancellationToken cancellationToken)
    {
        await using var batch = session.CreateBatch();
        batch
            .Add("SELECT ''::text FROM scheduling.job WHERE project_id = @project AND name = @name FOR UPDATE")
            .With("project", session.Project.Value)
            .With("name", job);
        // A statement of its own: it sees what was added while the first one waited.
        batch
            .Add(
                """
                SELECT r.run_id::text FROM scheduling.job_run r
                JOIN scheduling.job j ON j.project_id = r.project_id AND j.name = r.job_name
                LEFT JOIN scheduling.workflow_run w
                    ON w.project_id = r.project_id AND w.job_name = r.job_name AND w.run_id = r.run_id
                WHERE r.project_id = @project AND r.job_name = @name AND r.end_time IS NULL
                    -- One that is being worked on may be about to begin.
                    AND (w.state IS NOT NULL OR r.state = 'running' AND NOT r.dry_run AND j.task_kind = 'workflow')
                LIMIT 1
                """
            )
            .With("project", session.Project.Value)
            .With("name", job);
        var run = await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await reader.ReadAsync(token) ? reader.GetString(0) : null;
            },
            cancellationToken
        );
        if (run is not null)
        {
            throw new DendriteException(
                ErrorReason.ResourceInUse,
                $"Run '{run}' of job '{job}', which runs a workflow, goes on: wait for its end, or cancel it and wait."
            );
        }
    }

    /// <summary>Deletes the workflow's job and the record of its runs. One round trip.</summary>
    public static async Task DeleteJobAsync(ProjectSession session, string name, CancellationToken cancellationToken)
    {
        await using var batch = session.CreateBatch();
        string[] statements =
        [
            "DELETE FROM scheduling.job WHERE project_id = @project AND name = @name",
            "DELETE FROM scheduling.job_run WHERE project_id = @project AND job_name = @name",
        ];
        foreach (var sql in statements)
            batch.Add(sql).With("project", session.Project.Value).With("name", name);
        await batch.ExecuteAsync(cancellationToken);
    }
}
