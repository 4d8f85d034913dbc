using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;

namespace Dendrite.Storage.Retention;

/// <summary>
/// Finds, lists, makes, changes and deletes retention policies. Each change is one statement that also remembers the
/// request and writes the audit. For the scheduler. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision RETENTION_POLICY_NOT_FOUND and
/// ETAG_MISMATCH.</remarks>
public sealed class RetentionPolicyStore
{
    /// <summary>A night asks for the branches of each. Two that come at once may both be the last.</summary>
    public const int MaxPolicies = 100;

    private const string NameConstraint = "retention_policy_name_is_taken";

    private readonly PlatformDatabase database;
    private readonly NamedRows<RetentionPolicyRecord> rows;

    public RetentionPolicyStore(PlatformDatabase database)
    {
        this.database = database;
        rows = new(
            database,
            new IdempotencyStore(database),
            new(
                "Retention policy",
                "scheduling.retention_policy",
                "p",
                "retention_policy_id",
                RetentionPolicyRow.Columns,
                RetentionPolicyRow.Read
            )
            {
                FindById = (project, id, token) => FindAsync(project, "p.retention_policy_id = @id", "", id, token),
                FindByName = FindAsync,
                NoSuch = NoSuchPolicy,
            }
        );
    }

    /// <summary>The policy of that name; null where there is none. One round trip.</summary>
    public Task<RetentionPolicyRecord?> FindAsync(
        ProjectId project,
        string name,
        CancellationToken cancellationToken
    ) => FindAsync(project, "p.name = @name", name, 0, cancellationToken);

    /// <summary>The policy of that name. One round trip.</summary>
    /// <exception cref="DendriteException">RETENTION_POLICY_NOT_FOUND.</exception>
    public async Task<RetentionPolicyRecord> GetAsync(
        ProjectId project,
        string name,
        CancellationToken cancellationToken
    ) => await FindAsync(project, name, cancellationToken) ?? throw NoSuchPolicy(name);

    /// <summary>A page of policies, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<RetentionPolicyRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RetentionPolicyRow.Columns} FROM scheduling.retention_policy p
                WHERE p.project_id = @project AND p.name > @after
                ORDER BY p.name
                LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("after", afterName)
            .With("limit", limit);
        return await batch.ReadRowsAsync(RetentionPolicyRow.Read, cancellationToken);
    }

    /// <summary>
    /// Gives a project the policies that it begins with, once: what was changed or deleted since stays so. One round
    /// trip.
    /// </summary>
    public async Task BeginAsync(
        ProjectId project,
        IReadOnlyList<(string Name, RetentionPolicyChange Fields)> policies,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        foreach (var (name, fields) in policies)
        {
            var command = batch.Add(
                """
                INSERT INTO scheduling.retention_policy (
                    project_id, name, display_name, filter, basis, keep, warn_before, purge_after, include_tagged,
                    disabled)
                SELECT @project, @name, coalesce(@display_name, ''), coalesce(@filter, ''), @basis, @keep, @warn_before,
                    @purge_after, coalesce(@include_tagged, false), coalesce(@disabled, false)
                WHERE NOT EXISTS (SELECT FROM scheduling.retention_beginning WHERE project_id = @project)
                ON CONFLICT DO NOTHING
                """
            );
            RetentionPolicyRow.WithFields(command, fields).With("project", project.Value).With("name", name);
        }

        batch
            .Add(
                """
                INSERT INTO scheduling.retention_beginning (project_id) VALUES (@project) ON CONFLICT DO NOTHING
                """
            )
            .With("project", project.Value);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED.</exception>
    public async Task<RetentionPolicyRecord> CreateAsync(
        ProjectId project,
        string name,
        RetentionPolicyChange fields,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            var command = batch.Add(
                $"""
                WITH p AS (
                    INSERT INTO scheduling.retention_policy (
                        project_id, name, display_name, filter, basis, keep, warn_before, purge_after, include_tagged,
                        disabled)
                    SELECT @project, @name, coalesce(@display_name, ''), coalesce(@filter, ''), @basis, @keep,
                        @warn_before, @purge_after, coalesce(@include_tagged, false), coalesce(@disabled, false)
                    WHERE (SELECT count(*) FROM scheduling.retention_policy WHERE project_id = @project) < @most
                    RETURNING *
                ), {rows.Recorded}
                """
            );
            RetentionPolicyRow
                .WithFields(command, fields)
                .With("project", project.Value)
                .With("name", name)
                .With("most", MaxPolicies);
            IdempotencyStore.WithMutation(command, mutation);
            return await batch.ReadRowAsync(RetentionPolicyRow.Read, cancellationToken)
                ?? await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.QuotaExceeded,
                    $"The project has {MaxPolicies} retention policies already; delete one that nobody needs."
                );
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Retention policy '{name}' exists already: choose another id, or change that one.",
                    failure
                );
        }
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<RetentionPolicyRecord> UpdateAsync(
        ProjectId project,
        RetentionPolicyTarget target,
        RetentionPolicyChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE scheduling.retention_policy SET display_name = coalesce(@display_name, display_name),
                filter = coalesce(@filter, filter), basis = coalesce(@basis, basis), keep = coalesce(@keep, keep),
                warn_before = CASE WHEN @sets_warn_before THEN @warn_before ELSE warn_before END,
                purge_after = coalesce(@purge_after, purge_after),
                include_tagged = coalesce(@include_tagged, include_tagged), disabled = coalesce(@disabled, disabled),
                update_time = statement_timestamp(), revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            (target.Name, target.Revision),
            mutation,
            new(
                Update,
                command =>
                    RetentionPolicyRow.WithFields(command, change).With("sets_warn_before", change.SetsWarnBefore)
            ),
            cancellationToken
        );
    }

    public Task DeleteAsync(
        ProjectId project,
        RetentionPolicyTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, (target.Name, target.Revision), mutation, cancellationToken);

    /// <summary>RETENTION_POLICY_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchPolicy(string name) =>
        new(
            ErrorReason.RetentionPolicyNotFound,
            $"Retention policy '{name}' does not exist; list the policies of the project."
        );

    private async Task<RetentionPolicyRecord?> FindAsync(
        ProjectId project,
        string condition,
        string name,
        long id,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {RetentionPolicyRow.Columns} FROM scheduling.retention_policy p
                WHERE p.project_id = @project AND {condition}
                """
            )
            .With("project", project.Value)
            .With("name", name)
            .With("id", id);
        return await batch.ReadRowAsync(RetentionPolicyRow.Read, cancellationToken);
    }
}
