using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Assertions;

/// <summary>
/// Registers, changes and deletes assertions. Each is one statement that also remembers the request and writes the
/// audit: one round trip, and more only to answer a repeated request or to say why nothing was changed. The SQL is kept
/// as it came: whoever calls has tried it out.
/// </summary>
/// <remarks>All throw REQUEST_ID_REUSED; those with a revision throw ASSERTION_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class AssertionWriter(PlatformDatabase database, AssertionStore assertions, IdempotencyStore requests)
{
    private readonly NamedRows<AssertionRecord> rows = new(
        database,
        requests,
        new("Assertion", "branching.assertion", "a", "assertion_id", AssertionRow.Columns, AssertionRow.Read)
        {
            FindById = (project, id, token) => assertions.FindAsync(project, new AssertionId(id), token),
            FindByName = assertions.FindAsync,
            NoSuch = AssertionStore.NoSuchAssertion,
        }
    );

    /// <summary>All of them run before a merge becomes visible. Two that come at once may both be the last.</summary>
    public const int MaxAssertions = 100;

    private const string NameConstraint = "assertion_name_is_taken";

    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED.</exception>
    public async Task<AssertionRecord> CreateAsync(
        ProjectId project,
        NewAssertion assertion,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            var command = batch
                .Add(
                    $"""
                    WITH a AS (
                        INSERT INTO branching.assertion (project_id, name, uid, sql, description, severity, creator)
                        SELECT @project, @name, @uid, @sql, @description, @severity, @creator
                        WHERE (SELECT count(*) FROM branching.assertion WHERE project_id = @project) < @most
                        RETURNING *
                    ), {rows.Recorded}
                    """
                )
                .With("project", project.Value)
                .With("name", assertion.Name)
                .With("uid", assertion.Uid)
                .With("sql", assertion.Sql)
                .With("description", assertion.Description)
                .With("severity", AssertionRow.Write(assertion.Severity))
                .With("creator", assertion.Creator)
                .With("most", MaxAssertions);
            IdempotencyStore.WithMutation(command, mutation);
            return await batch.ReadRowAsync(AssertionRow.Read, cancellationToken)
                ?? await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.QuotaExceeded,
                    $"The project has {MaxAssertions} assertions already; delete one, or put two into one query."
                );
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await rows.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Assertion '{assertion.Name}' exists already: choose another id, or change that one.",
                    failure
                );
        }
    }

    /// <summary>Changes the given fields and no other.</summary>
    public Task<AssertionRecord> UpdateAsync(
        ProjectId project,
        AssertionTarget target,
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
            (target.Name, target.Revision),
            mutation,
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
            cancellationToken
        );
    }

    public Task DeleteAsync(
        ProjectId project,
        AssertionTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, (target.Name, target.Revision), mutation, cancellationToken);
}
