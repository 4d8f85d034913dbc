using Dendrite.Errors;
using Dendrite.Storage.Requests;
using NpgsqlTypes;

namespace Dendrite.Storage.Assertions;

/// <summary>
/// Registers, changes and deletes assertions. Each is one statement that also remembers the request and writes the
/// audit: one round trip, and more only to answer a repeated request or to say why nothing was changed. The SQL is kept
/// as it came: whoever calls has tried it out.
/// </summary>
/// <remarks>All throw REQUEST_ID_REUSED; those with a revision throw ASSERTION_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class AssertionWriter(PlatformDatabase database)
{
    /// <summary>All of them run before a merge becomes visible. Two that come at once may both be the last.</summary>
    public const int MaxAssertions = 100;

    private readonly NamedRows<AssertionRecord> rows = new(database, AssertionRow.Table);

    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED.</exception>
    public Task<AssertionRecord> CreateAsync(
        ProjectId project,
        NewAssertion assertion,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Insert = """
            INSERT INTO branching.assertion (project_id, name, uid, sql, description, severity, creator)
            SELECT @project, @name, @uid, @sql, @description, @severity, @creator
            WHERE (SELECT count(*) FROM branching.assertion WHERE project_id = @project) < @most
            """;
        return rows.CreateAsync(
            project,
            assertion.Name,
            new(
                Insert,
                command =>
                    command
                        .With("uid", assertion.Uid)
                        .With("sql", assertion.Sql)
                        .With("description", assertion.Description)
                        .With("severity", AssertionRow.Write(assertion.Severity))
                        .With("creator", assertion.Creator)
                        .With("most", MaxAssertions)
            ),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<AssertionRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
        AssertionChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Update = """
            UPDATE branching.assertion SET sql = coalesce(@sql, sql),
                description = coalesce(@description, description), severity = coalesce(@severity, severity),
                update_time = statement_timestamp(), revision = revision + 1
            """;
        return rows.ChangeAsync(
            project,
            target,
            new(
                Update,
                command =>
                    command
                        .With("sql", NpgsqlDbType.Text, change.Sql)
                        .With("description", NpgsqlDbType.Text, change.Description)
                        .With(
                            "severity",
                            NpgsqlDbType.Text,
                            change.Severity is { } severity ? AssertionRow.Write(severity) : null
                        )
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
}
