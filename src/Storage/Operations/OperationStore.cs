using System.Text;
using Dendrite.Errors;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Operations;

/// <summary>
/// Operations as they are asked for and looked at. What a worker does with one is in <see cref="OperationLeaseStore"/>.
/// Thread-safe.
/// </summary>
public sealed class OperationStore(PlatformDatabase database)
{
    /// <summary>Joining needs a second look where the other's operation was made in between, hardly ever a
    /// third.</summary>
    private const int MaxTries = 5;

    private readonly IdempotencyStore requests = new(database);

    /// <summary>
    /// Adds an operation, or finds the one that does the same work already or has done it. One round trip, more where
    /// two ask at once or the request is a repeated one.
    /// </summary>
    /// <returns>The operation, and whether this call made it.</returns>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED; OPERATION_NOT_FOUND: that of a repeated request is
    /// deleted.</exception>
    public async Task<(OperationRecord Operation, bool Created)> StartAsync(
        ProjectId project,
        NewOperation work,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await TryStartAsync(project, work, mutation, cancellationToken) is { } found)
                {
                    return (found, found.Id == work.Id);
                }
            }
            catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
            {
                return ((await FindRequestedAsync(project, mutation, cancellationToken))!, false);
            }

            if (attempt == MaxTries)
            {
                throw new DendriteException(
                    ErrorReason.Unavailable,
                    "The same work is asked for and cancelled all the time; try the same call again."
                );
            }
        }
    }

    /// <summary>Keeps an operation that was done within its call. A repeated one changes nothing. One round
    /// trip.</summary>
    public async Task AddDoneAsync(
        ProjectId project,
        NewOperation work,
        OperationResponse response,
        (string Creator, DateTimeOffset Time) asked,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                INSERT INTO branching.operation (project_id, operation_id, method, request, state, creator, create_time,
                    end_time, attempt, response_type, response)
                VALUES (@project, @operation, @method, @request, 'succeeded', @creator, @began,
                    statement_timestamp(), 1, @response_type, @response)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", project.Value)
            .With("operation", work.Id)
            .With("method", work.Method)
            .With("request", work.Request)
            .With("creator", asked.Creator)
            .With("began", asked.Time)
            .With("response_type", response.TypeName)
            .With("response", response.Bytes);
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>The operation that a repeated request began or joined; null where it is a new request.</summary>
    /// <exception cref="DendriteException">REQUEST_ID_REUSED; OPERATION_NOT_FOUND.</exception>
    public async Task<OperationRecord?> FindRequestedAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await requests.FindAsync(project, mutation, cancellationToken) is { } id
            ? await GetAsync(project, Encoding.UTF8.GetString(id), cancellationToken)
            : null;

    /// <summary>One round trip. Null where there is none.</summary>
    public async Task<OperationRecord?> FindAsync(ProjectId project, string id, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        About(
            batch.Add(
                $"""
                SELECT {OperationRow.Columns} FROM branching.operation
                WHERE project_id = @project AND operation_id = @operation
                """
            ),
            project,
            id
        );
        return await batch.ReadRowAsync(OperationRow.Read, cancellationToken);
    }

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">OPERATION_NOT_FOUND.</exception>
    public async Task<OperationRecord> GetAsync(ProjectId project, string id, CancellationToken cancellationToken) =>
        await FindAsync(project, id, cancellationToken) ?? throw NoSuch(id);

    /// <summary>A page of operations without requests and responses, newest first. One round trip.</summary>
    /// <param name="after">The last one of the page before; null for the first.</param>
    public async Task<IReadOnlyList<OperationRecord>> ListAsync(
        ProjectId project,
        RowCondition filter,
        TimedPlace? after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                filter,
                condition =>
                    $"""
                        SELECT {OperationRow.ListColumns} FROM branching.operation AS o
                        WHERE project_id = @project AND {condition}
                            AND (@after_id IS NULL OR (create_time, operation_id) < (@after_time, @after_id))
                        ORDER BY create_time DESC, operation_id DESC LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With(after)
            .With("limit", limit);
        return await batch.ReadRowsAsync(OperationRow.Read, cancellationToken);
    }

    /// <summary>
    /// Operations of some methods that go on and that a job began which is gone, each with the job's name. One round
    /// trip.
    /// </summary>
    public async Task<IReadOnlyList<(string Id, string Job)>> ListOrphansAsync(
        ProjectId project,
        string[] methods,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT o.operation_id, o.creator FROM branching.operation o
                JOIN branching.project p ON p.project_id = o.project_id
                WHERE o.project_id = @project AND o.method = ANY (@methods) AND o.end_time IS NULL
                    AND o.cancel_time IS NULL AND starts_with(o.creator, 'projects/' || p.name || '/jobs/')
                    AND NOT EXISTS (
                        SELECT FROM scheduling.job j
                        WHERE j.project_id = @project AND j.name = split_part(o.creator, '/', 4))
                """
            )
            .With("project", project.Value)
            .With("methods", methods);
        return await batch.ReadRowsAsync(row => (row.GetString(0), row.GetString(1)), cancellationToken);
    }

    /// <summary>
    /// Asks an operation to stop; one that waits is stopped at once, and its parts are removed; one that is done stays
    /// as it is. Asking twice changes nothing. One round trip, more for a refusal or a repeated request.
    /// </summary>
    /// <param name="error">What a cancelled operation tells: a serialized <c>google.rpc.Status</c>.</param>
    /// <exception cref="DendriteException">OPERATION_NOT_FOUND; REQUEST_ID_REUSED.</exception>
    public Task<OperationRecord> CancelAsync(
        ProjectId project,
        string id,
        byte[] error,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        ChangeAsync(
            project,
            id,
            """
            UPDATE branching.operation SET update_time = statement_timestamp(), cancel_time = statement_timestamp(),
                state = CASE state WHEN 'pending' THEN 'cancelled' ELSE state END,
                end_time = CASE state WHEN 'pending' THEN statement_timestamp() END,
                error = CASE state WHEN 'pending' THEN @error END
            WHERE project_id = @project AND operation_id = @operation AND end_time IS NULL AND cancel_time IS NULL
            """,
            command => command.With("error", error),
            mutation,
            cancellationToken
        );

    /// <summary>Forgets an operation that is done. One round trip, more for a refusal or a repeated request.</summary>
    /// <exception cref="DendriteException">OPERATION_NOT_FOUND; OPERATION_ACTIVE; REQUEST_ID_REUSED.</exception>
    public async Task DeleteAsync(ProjectId project, string id, Mutation mutation, CancellationToken cancellationToken)
    {
        const string Delete = """
            DELETE FROM branching.operation
            WHERE project_id = @project AND operation_id = @operation AND end_time IS NOT NULL
            """;
        if (
            await TryChangeAsync(project, id, Delete, command => command, mutation, cancellationToken) is null
            && await requests.FindAsync(project, mutation, cancellationToken) is null
        )
        {
            await GetAsync(project, id, cancellationToken);
            throw new DendriteException(
                ErrorReason.OperationActive,
                $"Operation '{id}' is not done yet; wait for it or cancel it first."
            );
        }
    }

    private async Task<OperationRecord> ChangeAsync(
        ProjectId project,
        string id,
        string sql,
        Func<NpgsqlBatchCommand, NpgsqlBatchCommand> with,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        if (await TryChangeAsync(project, id, sql, with, mutation, cancellationToken) is { } changed)
        {
            return changed;
        }

        // Also to say that the id was used for something else.
        await requests.FindAsync(project, mutation, cancellationToken);
        return await GetAsync(project, id, cancellationToken);
    }

    /// <summary>The operation as the statement left it; null where it changed none, or was done before.</summary>
    private async Task<OperationRecord?> TryChangeAsync(
        ProjectId project,
        string id,
        string sql,
        Func<NpgsqlBatchCommand, NpgsqlBatchCommand> with,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch.Add(
            $"""
            WITH touched AS ({sql} RETURNING *),
            changed AS (SELECT convert_to(operation_id, 'UTF8') AS outcome FROM touched),
            -- Nobody works on one that is cancelled now, and so nobody else removes what it has done so far.
            forgotten AS (
                DELETE FROM branching.operation_part p USING touched t
                WHERE t.state = 'cancelled' AND p.project_id = t.project_id AND p.operation_id = t.operation_id
            ),
            {IdempotencyStore.Recording}
            SELECT {OperationRow.Columns} FROM touched
            """
        );
        IdempotencyStore.WithMutation(with(About(command, project, id)), mutation);
        try
        {
            return await batch.ReadRowAsync(OperationRow.Read, cancellationToken);
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return null;
        }
    }

    private async Task<OperationRecord?> TryStartAsync(
        ProjectId project,
        NewOperation work,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = About(
                batch.Add(
                    $"""
                    WITH added AS (
                        INSERT INTO branching.operation
                            (project_id, operation_id, method, request, work_digest, state, creator)
                        VALUES (@project, @operation, @work, @request, @work_digest, 'pending', @actor)
                        ON CONFLICT DO NOTHING
                        RETURNING *
                    ), found AS (
                        SELECT * FROM added
                        UNION ALL
                        SELECT * FROM branching.operation
                        WHERE project_id = @project AND method = @work AND work_digest = @work_digest
                            AND state IN ('pending', 'running', 'succeeded') AND cancel_time IS NULL
                    ), changed AS (SELECT convert_to(operation_id, 'UTF8') AS outcome FROM found),
                    {IdempotencyStore.Recording}
                    SELECT {OperationRow.Columns} FROM found
                    """
                ),
                project,
                work.Id
            )
            .With("work", work.Method)
            .With("request", work.Request)
            .With("work_digest", NpgsqlDbType.Bytea, work.WorkDigest);
        IdempotencyStore.WithMutation(command, mutation);
        return await batch.ReadRowAsync(OperationRow.Read, cancellationToken);
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, ProjectId project, string id) =>
        command.With("project", project.Value).With("operation", id);

    private static DendriteException NoSuch(string id) =>
        new(
            ErrorReason.OperationNotFound,
            $"Operation '{id}' does not exist; list the project's operations for those that do."
        );
}

/// <summary>What lists of operations are filtered by.</summary>
public static class OperationListFields
{
    /// <summary>
    /// <c>pending</c>, <c>running</c>, <c>cancelling</c>, <c>succeeded</c>, <c>failed</c> or <c>cancelled</c>.
    /// </summary>
    public static RowField State { get; } =
        new(
            "CASE WHEN o.state = 'running' AND o.cancel_time IS NOT NULL THEN 'cancelling' ELSE o.state END",
            NpgsqlDbType.Text
        );

    public static RowField Method { get; } = new("o.method", NpgsqlDbType.Text);

    public static RowField Creator { get; } = new("o.creator", NpgsqlDbType.Text);

    public static RowField CreateTime { get; } = new("o.create_time", NpgsqlDbType.TimestampTz);
}
