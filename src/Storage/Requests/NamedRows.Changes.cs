using System.Buffers.Binary;
using Dendrite.Errors;
using Dendrite.Storage.Scheduling;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Requests;

internal sealed partial class NamedRows<T>
{
    /// <summary>What follows a common table expression that made, changed or deleted the row, and selects it.</summary>
    public string Recorded { get; } = Record(table, table.From);

    /// <summary>The same where the row's own statement has what <see cref="NamedTable{T}.From"/> looks up.</summary>
    /// <param name="from">What stands in its place.</param>
    public string RecordedFrom(string from) => Record(table, from);

    /// <summary>Makes a row; a repeated request is answered with it as it is now.</summary>
    /// <param name="insertion">It has <c>@project</c> and <c>@name</c>; its other parameters are its own.</param>
    /// <exception cref="DendriteException">ALREADY_EXISTS; QUOTA_EXCEEDED where the INSERT adds none.</exception>
    public Task<T> CreateAsync(
        ProjectId project,
        string name,
        RowAction insertion,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        CreateOnceAsync(
            project,
            name,
            async () =>
                await InsertAsync(project, name, insertion, mutation, cancellationToken)
                ?? await FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(ErrorReason.QuotaExceeded, table.Full),
            mutation,
            cancellationToken
        );

    /// <summary>The same for a row that takes more than one INSERT.</summary>
    /// <param name="create">Throws where the name is taken, or the request was done before.</param>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS, what <paramref name="create"/> throws, and the table's own not-found where the request was done
    /// before and its row is gone.
    /// </exception>
    public async Task<T> CreateOnceAsync(
        ProjectId project,
        string name,
        Func<Task<T>> create,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await create();
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(table.NameConstraint))
        {
            return await FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"{table.Noun} '{name}' {table.Taken}",
                    failure
                );
        }
        catch (DendriteException refusal) when (IdempotencyStore.MayBeOfRepetition(refusal))
        {
            // What it was made from may be gone since.
            if (await FindDoneAsync(project, mutation, cancellationToken) is { } done)
            {
                return done;
            }

            throw;
        }
    }

    /// <summary>Changes the row and gives it as it is then; of a repeated request as it is now.</summary>
    /// <exception cref="DendriteException">The table's own not-found; ETAG_MISMATCH.</exception>
    public async Task<T> ChangeAsync(
        ProjectId project,
        RowTarget target,
        RowAction change,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await TryApplyAsync(project, target, change, mutation, cancellationToken)
        ?? await FindDoneAsync(project, mutation, cancellationToken)
        ?? throw await WhyNotAsync(project, target.Name, cancellationToken);

    /// <summary>
    /// Deletes the row. A repeated request is answered though the row is gone, and deletes none that was made since.
    /// </summary>
    /// <exception cref="DendriteException">
    /// The table's own not-found, also where the mutation allows that, which remembers it; ETAG_MISMATCH.
    /// </exception>
    public async Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var deletion = new RowAction($"DELETE FROM {table.Name}", _ => { });
        var deleted = await TryApplyAsync(project, target, deletion, mutation, cancellationToken);
        if (deleted is null && await requests.FindAsync(project, mutation, cancellationToken) is null)
        {
            throw await WhyNotAsync(project, target, mutation, cancellationToken) ?? WasChanged(target.Name);
        }
    }

    /// <summary>
    /// The same in a transaction, which is committed where the row was deleted. Two round trips, and more as of the
    /// other one.
    /// </summary>
    /// <param name="more">What else is done then, before it is committed; null: nothing.</param>
    public async Task DeleteAsync(
        ProjectSession session,
        RowTarget target,
        Mutation mutation,
        Func<Task>? more,
        CancellationToken cancellationToken
    )
    {
        var (project, deletion) = (session.Project, new RowAction($"DELETE FROM {table.Name}", _ => { }));
        await using var batch = session.CreateBatch();
        if (await TryApplyAsync((project, batch), target, deletion, mutation, cancellationToken) is not null)
        {
            await (more?.Invoke() ?? Task.CompletedTask);
            await session.CommitAsync(cancellationToken);
        }
        else if (await requests.FindAsync(project, mutation, cancellationToken) is null)
        {
            throw await WhyNotAsync(project, target, mutation, cancellationToken) ?? WasChanged(target.Name);
        }
    }

    /// <summary>The same of a row that jobs and workflows may name: while one does it stays.</summary>
    /// <param name="resource">Its full name.</param>
    /// <exception cref="DendriteException">RESOURCE_IN_USE, with those that name it.</exception>
    public async Task DeleteUnusedAsync(
        ProjectId project,
        RowTarget target,
        string resource,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var deletion = new RowAction($"DELETE FROM {table.Name}", command => command.With("resource", resource))
        {
            Condition = $"AND NOT EXISTS ({ResourceUse.OfTasks})",
        };
        var deleted = await TryApplyAsync(project, target, deletion, mutation, cancellationToken);
        if (deleted is not null || await requests.FindAsync(project, mutation, cancellationToken) is not null)
            return;
        var why = await WhyNotAsync(project, target, mutation, cancellationToken);
        if (why is null)
        {
            var what = $"{table.Noun} '{target.Name}'";
            var users = (ResourceUse.OfTasks, resource);
            await ResourceUse.RefuseAsync(database, project, what, users, cancellationToken);
        }

        // Whoever named it has let it go meanwhile: read again, it can be deleted.
        throw why ?? WasChanged(target.Name);
    }

    /// <summary>The row that a repeated request is about, as it is now; null where it was not done yet.</summary>
    /// <exception cref="DendriteException">The table's own not-found: it was done, and the row is gone.</exception>
    public async Task<T?> FindDoneAsync(ProjectId project, Mutation mutation, CancellationToken cancellationToken) =>
        await requests.FindAsync(project, mutation, cancellationToken) is { } id
            ? await FindAsync(project, BinaryPrimitives.ReadInt64BigEndian(id), cancellationToken)
                ?? throw IdempotencyStore.Gone(table.NoSuch(mutation.Resource).Reason, mutation)
            : null;

    /// <summary>ETAG_MISMATCH, to be thrown.</summary>
    public DendriteException WasChanged(string name) =>
        new(
            ErrorReason.EtagMismatch,
            $"{table.Noun} '{name}' was changed since its etag was read; read it again and retry."
        );

    /// <summary>The row as it was made; null where the INSERT's condition did not hold.</summary>
    private async Task<T?> InsertAsync(
        ProjectId project,
        string name,
        RowAction insertion,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add(
                $"""
                WITH {table.Alias} AS (
                    {insertion.Sql}
                    RETURNING *
                ), {Recorded}
                """
            )
            .With("project", project.Value)
            .With("name", name);
        insertion.AddParameters(command);
        IdempotencyStore.WithMutation(command, mutation);
        return await batch.ReadRowAsync(table.Read, cancellationToken);
    }

    /// <summary>
    /// The row as the statement left or found it; null where nothing was done, or it was done before.
    /// </summary>
    private async Task<T?> TryApplyAsync(
        ProjectId project,
        RowTarget target,
        RowAction action,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        return await TryApplyAsync((project, batch), target, action, mutation, cancellationToken);
    }

    private async Task<T?> TryApplyAsync(
        (ProjectId Project, ProjectBatch Batch) into,
        RowTarget target,
        RowAction action,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var command = into
            .Batch.Add(
                $"""
                WITH {table.Alias} AS (
                    {action.Sql}
                    WHERE project_id = @project AND name = @name AND (@revision IS NULL OR revision = @revision)
                        {action.Condition}
                    RETURNING *
                ), {Recorded}
                """
            )
            .With("project", into.Project.Value)
            .With("name", target.Name)
            .With("revision", NpgsqlDbType.Bigint, target.Revision);
        action.AddParameters(command);
        IdempotencyStore.WithMutation(command, mutation);
        try
        {
            return await into.Batch.ReadRowAsync(table.Read, cancellationToken);
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return null;
        }
    }

    /// <summary>Nothing was done: there is no such row, or it has another revision.</summary>
    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        string name,
        CancellationToken cancellationToken
    ) => await FindAsync(project, name, cancellationToken) is null ? table.NoSuch(name) : WasChanged(name);

    /// <summary>
    /// Nothing was deleted; null where the row is there with that revision, so that something else kept it. That there
    /// is none is remembered where the mutation allows it.
    /// </summary>
    private async Task<DendriteException?> WhyNotAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT @revision IS NULL OR revision = @revision FROM {table.Name}
                WHERE project_id = @project AND name = @name
                """
            )
            .With("project", project.Value)
            .With("name", target.Name)
            .With("revision", NpgsqlDbType.Bigint, target.Revision);
        var found = await batch.ReadRowsAsync(row => row.GetBoolean(0), cancellationToken);
        if (found.Count == 0)
        {
            await requests.RememberMissingAsync(project, mutation, cancellationToken);
            return table.NoSuch(target.Name);
        }

        return found[0] ? null : WasChanged(target.Name);
    }

    private static string Record(NamedTable<T> table, string from) =>
        $"""
            changed AS (
                SELECT int8send({table.Alias}.{table.IdColumn}) AS outcome FROM {table.Alias}
            ), {IdempotencyStore.Recording}
            SELECT {table.Columns} FROM {table.Alias}{from}
            """;
}
