using Dendrite.Storage.Scheduling;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Operations;

/// <summary>
/// Who may work on an operation. A worker takes it for a while and renews that; where it cannot, another takes over
/// under the next attempt, and everything that the first one still writes under its own is refused. Leases are measured
/// by the database's clock. Thread-safe.
/// </summary>
public sealed class OperationLeaseStore(PlatformDatabase database)
{
    /// <summary>Condition of every statement of a worker.</summary>
    private const string Held = """
        project_id = @project AND operation_id = @operation AND state = 'running' AND attempt = @attempt
        """;

    /// <summary>
    /// Operations of these methods that nobody works on, or that a clock that was ahead holds, oldest first, of every
    /// project. One round trip.
    /// </summary>
    /// <param name="lease">For how long those of these methods are taken at a time.</param>
    public async Task<IReadOnlyList<WaitingOperation>> ListWaitingAsync(
        IReadOnlyCollection<string> methods,
        TimeSpan lease,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new ProjectBatch(database.DataSource.CreateBatch(), default, tellsProject: false);
        batch
            .Add(
                $"""
                SELECT project_id, project_name, operation_id, is_ahead
                FROM branching.list_waiting_operations(@methods, @lease + {SetBackStore.Apart}, @limit)
                """
            )
            .With("methods", methods.ToArray())
            .With("lease", lease)
            .With("limit", limit);
        return await batch.ReadRowsAsync(
            row => new WaitingOperation(new(row.GetInt64(0)), row.GetString(1), row.GetString(2))
            {
                IsAhead = row.GetBoolean(3),
            },
            cancellationToken
        );
    }

    /// <summary>
    /// Sets back the lease that a clock that was ahead left: whoever still works on it renews that. One round trip.
    /// </summary>
    /// <returns>False where it lies ahead no more.</returns>
    public async Task<bool> SetBackAsync(WaitingOperation held, TimeSpan lease, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(held.Project);
        batch
            .Add(
                $"""
                UPDATE branching.operation SET lease_until = statement_timestamp() + @lease
                WHERE project_id = @project AND operation_id = @operation AND state = 'running'
                    AND lease_until > statement_timestamp() + @lease + {SetBackStore.Apart}
                RETURNING true
                """
            )
            .With("project", held.Project.Value)
            .With("operation", held.Id)
            .With("lease", lease);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    /// <summary>Takes an operation that waits, or whose worker's lease has passed. One round trip.</summary>
    /// <returns>Null where there is nothing to take: it is done, or somebody works on it.</returns>
    public async Task<OperationRecord?> TakeAsync(
        ProjectId project,
        string id,
        string worker,
        TimeSpan lease,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                UPDATE branching.operation SET state = 'running', attempt = attempt + 1, worker = @worker,
                    lease_until = statement_timestamp() + @lease, update_time = statement_timestamp()
                WHERE project_id = @project AND operation_id = @operation
                    AND (state = 'pending' OR state = 'running' AND lease_until < statement_timestamp())
                RETURNING {OperationRow.Columns}
                """
            )
            .With("project", project.Value)
            .With("operation", id)
            .With("worker", worker)
            .With("lease", lease);
        return await batch.ReadRowAsync(OperationRow.Read, cancellationToken);
    }

    /// <summary>Keeps an operation for longer, and says how far it is where that is given. One round trip.</summary>
    public Task<LeaseState> RenewAsync(
        OperationRecord held,
        TimeSpan lease,
        OperationProgress? progress,
        CancellationToken cancellationToken
    ) =>
        ReadStateAsync(
            held,
            (
                $"""
                UPDATE branching.operation SET lease_until = statement_timestamp() + @lease,
                    update_time = CASE WHEN @tells THEN statement_timestamp() ELSE update_time END,
                    step = CASE WHEN @tells THEN @step ELSE step END,
                    done = CASE WHEN @tells THEN @done ELSE done END,
                    total = CASE WHEN @tells THEN @total ELSE total END,
                    unit = CASE WHEN @tells THEN @unit ELSE unit END
                WHERE {Held} RETURNING cancel_time IS NOT NULL
                """,
                command =>
                    command
                        .With("lease", lease)
                        .With("tells", progress is not null)
                        .With("step", progress?.Step ?? "")
                        .With("done", progress?.Done ?? 0)
                        .With("total", NpgsqlDbType.Bigint, progress?.Total)
                        .With("unit", progress?.Unit ?? "")
            ),
            [],
            cancellationToken
        );

    /// <summary>Writes parts in one transaction; one that exists is replaced. One round trip.</summary>
    public Task<LeaseState> WritePartsAsync(
        OperationRecord held,
        IReadOnlyCollection<OperationPart> parts,
        CancellationToken cancellationToken
    ) =>
        ReadStateAsync(
            held,
            ($"SELECT cancel_time IS NOT NULL FROM branching.operation WHERE {Held} FOR UPDATE", command => command),
            parts,
            cancellationToken
        );

    /// <summary>A part that was written by this or an earlier attempt; null where none was. One round trip.</summary>
    public async Task<byte[]?> FindPartAsync(OperationRecord held, string part, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(held.Project);
        batch
            .Add(
                """
                SELECT content FROM branching.operation_part
                WHERE project_id = @project AND operation_id = @operation AND part = @part
                """
            )
            .With("project", held.Project.Value)
            .With("operation", held.Id)
            .With("part", part);
        return await batch.ReadRowAsync(row => row.GetFieldValue<byte[]>(0), cancellationToken);
    }

    /// <summary>
    /// Gives an operation back to be taken again: its worker stops, or what it needs is away. One round trip.
    /// </summary>
    /// <returns>False where it is this worker's no more.</returns>
    public Task<bool> GiveBackAsync(OperationRecord held, CancellationToken cancellationToken) =>
        LeaveAsync(held, OperationState.Pending, null, null, cancellationToken);

    /// <summary>Ends an operation, and removes its parts. One round trip.</summary>
    /// <param name="response">Where it succeeded.</param>
    /// <param name="error">Where it failed or was cancelled: a serialized <c>google.rpc.Status</c>.</param>
    /// <returns>False where it is this worker's no more: its outcome is another's to say.</returns>
    public Task<bool> EndAsync(
        OperationRecord held,
        OperationState state,
        OperationResponse? response,
        byte[]? error,
        CancellationToken cancellationToken
    ) => LeaveAsync(held, state, response, error, cancellationToken);

    /// <summary>Removes operations of a project that ended this long ago, oldest first. One round trip.</summary>
    public async Task RemoveOldAsync(ProjectId project, TimeSpan age, int limit, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                DELETE FROM branching.operation WHERE project_id = @project AND operation_id IN (
                    SELECT operation_id FROM branching.operation
                    WHERE project_id = @project AND end_time < statement_timestamp() - @age
                    ORDER BY end_time LIMIT @limit)
                """
            )
            .With("project", project.Value)
            .With("age", age)
            .With("limit", limit);
        await batch.ExecuteAsync(cancellationToken);
    }

    private async Task<bool> LeaveAsync(
        OperationRecord held,
        OperationState state,
        OperationResponse? response,
        byte[]? error,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(held.Project);
        About(
                batch.Add(
                    $"""
                    WITH left_now AS (
                        UPDATE branching.operation SET state = @state, lease_until = NULL,
                            update_time = statement_timestamp(),
                            end_time = CASE WHEN @state <> 'pending' THEN statement_timestamp() END,
                            response_type = @response_type, response = @response, error = @error,
                            work_digest = CASE WHEN NOT @is_once THEN work_digest END
                        WHERE {Held} RETURNING project_id, operation_id
                    ), forgotten AS (
                        DELETE FROM branching.operation_part p USING left_now o
                        WHERE @state <> 'pending' AND p.project_id = o.project_id AND p.operation_id = o.operation_id
                    )
                    SELECT true FROM left_now
                    """
                ),
                held
            )
            .With("state", OperationRow.Name(state))
            .With("is_once", response?.IsOnce ?? false)
            .With("response_type", NpgsqlDbType.Text, response?.TypeName)
            .With("response", NpgsqlDbType.Bytea, response?.Bytes)
            .With("error", NpgsqlDbType.Bytea, error);
        return await batch.ReadAsync((reader, token) => reader.ReadAsync(token), cancellationToken);
    }

    private async Task<LeaseState> ReadStateAsync(
        OperationRecord held,
        (string Sql, Func<NpgsqlBatchCommand, NpgsqlBatchCommand> With) statement,
        IReadOnlyCollection<OperationPart> parts,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(held.Project);
        statement.With(About(batch.Add(statement.Sql), held));
        foreach (var part in parts)
        {
            About(
                    batch.Add(
                        $"""
                        INSERT INTO branching.operation_part (project_id, operation_id, part, content)
                        SELECT project_id, operation_id, @part, @content FROM branching.operation WHERE {Held}
                        ON CONFLICT (project_id, operation_id, part) DO UPDATE SET content = excluded.content
                        """
                    ),
                    held
                )
                .With("part", part.Name)
                .With("content", part.Content);
        }

        return await batch.ReadAsync(
            async (reader, token) =>
                !await reader.ReadAsync(token) ? LeaseState.Lost
                : reader.GetBoolean(0) ? LeaseState.Cancelling
                : LeaseState.Held,
            cancellationToken
        );
    }

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, OperationRecord held) =>
        command.With("project", held.Project.Value).With("operation", held.Id).With("attempt", held.Attempt);
}

/// <summary>What a worker learns when it touches its operation.</summary>
public enum LeaseState
{
    /// <summary>It is this worker's.</summary>
    Held,

    /// <summary>It is this worker's, and somebody asked it to stop.</summary>
    Cancelling,

    /// <summary>Another took over: nothing more may be done for it.</summary>
    Lost,
}

/// <summary>An operation that nobody works on, as far as its lease tells.</summary>
/// <param name="ProjectName">The id in the project's resource name.</param>
public sealed record WaitingOperation(ProjectId Project, string ProjectName, string Id)
{
    /// <summary>It is held for longer than anybody takes it: by a clock that was ahead.</summary>
    public bool IsAhead { get; init; }
}

/// <summary>Something that an operation keeps until it ends.</summary>
/// <param name="Name">Of the task's choice; up to 200 characters.</param>
/// <param name="Content">At most 64 MiB.</param>
public sealed record OperationPart(string Name, byte[] Content);
