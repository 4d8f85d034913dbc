using System.Buffers.Binary;
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
                    ), {Recorded}
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
                ?? await FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.QuotaExceeded,
                    $"The project has {MaxAssertions} assertions already; delete one, or put two into one query."
                );
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Assertion '{assertion.Name}' exists already: choose another id, or change that one.",
                    failure
                );
        }
    }

    /// <summary>Changes the given fields and no other.</summary>
    public async Task<AssertionRecord> UpdateAsync(
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
        var changed = await ApplyAsync(
            project,
            target,
            mutation,
            (
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
        return changed
            ?? await FindDoneAsync(project, mutation, cancellationToken)
            ?? throw await WhyNotAsync(project, target.Name, cancellationToken);
    }

    public async Task DeleteAsync(
        ProjectId project,
        AssertionTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var deletion = ("DELETE FROM branching.assertion", (Action<NpgsqlBatchCommand>)(_ => { }));
        var deleted = await ApplyAsync(project, target, mutation, deletion, cancellationToken);
        if (deleted is null && await requests.FindAsync(project, mutation, cancellationToken) is null)
        {
            throw await WhyNotAsync(project, target.Name, cancellationToken);
        }
    }

    /// <summary>What follows the statement that made <c>a</c>: the request and the audit, and <c>a</c>.</summary>
    private static readonly string Recorded = $"""
        changed AS (
            SELECT int8send(a.assertion_id) AS outcome FROM a
        ), {IdempotencyStore.Recording}
        SELECT {AssertionRow.Columns} FROM a
        """;

    /// <summary>
    /// The assertion as the statement left or found it; null where nothing was done, or it was done before.
    /// </summary>
    private async Task<AssertionRecord?> ApplyAsync(
        ProjectId project,
        AssertionTarget target,
        Mutation mutation,
        (string Sql, Action<NpgsqlBatchCommand> AddParameters) action,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add(
                $"""
                WITH a AS (
                    {action.Sql}
                    WHERE project_id = @project AND name = @name AND (@revision IS NULL OR revision = @revision)
                    RETURNING *
                ), {Recorded}
                """
            )
            .With("project", project.Value)
            .With("name", target.Name)
            .With("revision", NpgsqlDbType.Bigint, target.Revision);
        action.AddParameters(command);
        IdempotencyStore.WithMutation(command, mutation);
        try
        {
            return await batch.ReadRowAsync(AssertionRow.Read, cancellationToken);
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return null;
        }
    }

    private async Task<AssertionRecord?> FindDoneAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await requests.FindAsync(project, mutation, cancellationToken) is { } id
            ? await assertions.FindAsync(
                project,
                new AssertionId(BinaryPrimitives.ReadInt64BigEndian(id)),
                cancellationToken
            )
            : null;

    /// <summary>Nothing was done: there is no such assertion, or it has another revision.</summary>
    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        string name,
        CancellationToken cancellationToken
    ) =>
        await assertions.FindAsync(project, name, cancellationToken) is null
            ? AssertionStore.NoSuchAssertion(name)
            : new(
                ErrorReason.EtagMismatch,
                $"Assertion '{name}' was changed since its etag was read; read it again and retry."
            );
}
