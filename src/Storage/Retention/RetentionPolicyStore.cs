using Dendrite.Errors;
using Dendrite.Storage.Requests;

namespace Dendrite.Storage.Retention;

/// <summary>
/// Finds, lists, makes, changes and deletes retention policies. Each change is one statement that also remembers the
/// request and writes the audit. For the scheduler. Thread-safe.
/// </summary>
/// <remarks>All changes throw REQUEST_ID_REUSED; those with a revision RETENTION_POLICY_NOT_FOUND and
/// ETAG_MISMATCH.</remarks>
public sealed class RetentionPolicyStore(PlatformDatabase database)
{
    /// <summary>A night asks for the branches of each. Two that come at once may both be the last.</summary>
    public const int MaxPolicies = 100;

    private readonly NamedRows<RetentionPolicyRecord> rows = new(database, RetentionPolicyRow.Table);

    /// <summary>The policy of that name. One round trip.</summary>
    /// <exception cref="DendriteException">RETENTION_POLICY_NOT_FOUND.</exception>
    public Task<RetentionPolicyRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        rows.GetAsync(project, name, cancellationToken);

    /// <summary>A page of policies, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public Task<IReadOnlyList<RetentionPolicyRecord>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    ) => rows.ListAsync(project, afterName, limit, cancellationToken);

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
    public Task<RetentionPolicyRecord> CreateAsync(
        ProjectId project,
        string name,
        RetentionPolicyChange fields,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO scheduling.retention_policy (
                project_id, name, display_name, filter, basis, keep, warn_before, purge_after, include_tagged, disabled)
            SELECT @project, @name, coalesce(@display_name, ''), coalesce(@filter, ''), @basis, @keep, @warn_before,
                @purge_after, coalesce(@include_tagged, false), coalesce(@disabled, false)
            WHERE (SELECT count(*) FROM scheduling.retention_policy WHERE project_id = @project) < @most
            """;
        return rows.CreateAsync(
            project,
            name,
            new(Insert, command => RetentionPolicyRow.WithFields(command, fields).With("most", MaxPolicies)),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<RetentionPolicyRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
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
            target,
            new(
                Update,
                command =>
                    RetentionPolicyRow.WithFields(command, change).With("sets_warn_before", change.SetsWarnBefore)
            ),
            mutation,
            cancellationToken
        );
    }

    public Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, target, mutation, cancellationToken);

    /// <summary>RETENTION_POLICY_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchPolicy(string name) =>
        new(
            ErrorReason.RetentionPolicyNotFound,
            $"Retention policy '{name}' does not exist; list the policies of the project."
        );
}
