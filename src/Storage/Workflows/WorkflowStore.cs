using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Workflows;

/// <summary>
/// Finds, lists, makes, changes and deletes workflows, each with the job of its id whose runs its runs are. A change is
/// one transaction that also remembers the request and writes the audit. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision WORKFLOW_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class WorkflowStore(PlatformDatabase database)
{
    private const string Columns =
        "w.workflow_id, w.name, w.definition::text, w.revision, w.create_time, w.update_time";

    /// <summary>What the name of a job that is there violates.</summary>
    private const string JobConstraint = "job_pkey";

    private static readonly NamedTable<WorkflowRecord> Table = new(
        "Workflow",
        "scheduling.workflow",
        "w",
        "workflow_id",
        Columns,
        Read
    )
    {
        NameConstraint = "workflow_name_is_taken",
        NoSuch = NoSuchWorkflow,
    };

    private readonly NamedRows<WorkflowRecord> rows = new(database, Table);

    /// <summary>The workflow of that name; null where there is none. One round trip.</summary>
    public Task<WorkflowRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.FindAsync(project, name, cancellationToken);

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">WORKFLOW_NOT_FOUND.</exception>
    public Task<WorkflowRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>The workflow that a repeated request was about, as it is now; null where the request is new.</summary>
    public Task<WorkflowRecord?> FindDoneAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.FindDoneAsync(project, mutation, cancellationToken);

    /// <summary>A page of workflows, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<WorkflowRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

    /// <summary>Makes a workflow, and its job. One round trip.</summary>
    /// <param name="job">Of the same name.</param>
    /// <exception cref="DendriteException">ALREADY_EXISTS: the workflow, or a job of its id.</exception>
    public Task<WorkflowRecord> CreateAsync(
        JobRecord job,
        string definition,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        rows.CreateOnceAsync(
            job.Project,
            job.Name,
            () => InsertAsync(job, definition, mutation, cancellationToken),
            mutation,
            cancellationToken
        );

    /// <summary>Replaces what callers set. Runs that go on keep to what they began with.</summary>
    public Task<WorkflowRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
        string definition,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE scheduling.workflow SET definition = @definition, update_time = statement_timestamp(),
                revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            target,
            new(Update, command => command.With("definition", NpgsqlDbType.Jsonb, definition)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Deletes a workflow with its job and the record of its runs. Three round trips.</summary>
    /// <param name="resource">Its full name, by which jobs name it.</param>
    /// <exception cref="DendriteException">RESOURCE_IN_USE: runs of it go on, or jobs name it.</exception>
    public async Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        string resource,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await JobOrder.RefuseFollowedAsync(database, project, target.Name, cancellationToken);
        await using var session = await database.BeginAsync(project, cancellationToken);
        await WorkflowUse.RefuseAsync(session, target.Name, resource, cancellationToken);
        await rows.DeleteAsync(
            session,
            target,
            mutation,
            () => WorkflowUse.DeleteJobAsync(session, target.Name, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>WORKFLOW_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchWorkflow(string name) =>
        new(
            ErrorReason.WorkflowNotFound,
            $"Workflow '{name}' does not exist; list the project's workflows for those that do."
        );

    private async Task<WorkflowRecord> InsertAsync(
        JobRecord job,
        string definition,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(job.Project);
        var command = batch
            .Add(
                $"""
                WITH w AS (
                    INSERT INTO scheduling.workflow (project_id, name, definition)
                    VALUES (@project, @name, @definition)
                    RETURNING *
                ), {rows.Recorded}
                """
            )
            .With("project", job.Project.Value)
            .With("name", job.Name)
            .With("definition", NpgsqlDbType.Jsonb, definition);
        IdempotencyStore.WithMutation(command, mutation);
        JobWriter.AddTo(batch, job);
        try
        {
            return (await batch.ReadRowAsync(Read, cancellationToken))!;
        }
        catch (PostgresException taken) when (taken.IsTaken(JobConstraint))
        {
            throw new DendriteException(
                ErrorReason.AlreadyExists,
                $"Job '{job.Name}' exists already, and the runs of a workflow are runs of a job of its id: choose "
                    + "another id.",
                taken
            );
        }
    }

    private static WorkflowRecord Read(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetString(1), row.GetString(2))
        {
            Revision = row.GetInt64(3),
            CreateTime = row.GetFieldValue<DateTimeOffset>(4),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(5),
        };
}
