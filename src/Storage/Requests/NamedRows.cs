using System.Buffers.Binary;
using Dendrite.Errors;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Requests;

/// <summary>
/// Changes the rows of a table whose rows have names and revisions, such as tags. Each change is one statement that
/// also remembers the request and writes the audit: one round trip, and more only to answer a repeated request or to
/// say why nothing was changed.
/// </summary>
internal sealed class NamedRows<T>(PlatformDatabase database, IdempotencyStore requests, NamedTable<T> table)
    where T : class
{
    /// <summary>What follows a common table expression that made, changed or deleted the row, and selects it.</summary>
    public string Recorded { get; } = Record(table, table.From);

    /// <summary>The same where the row's own statement has what <see cref="NamedTable{T}.From"/> looks up.</summary>
    /// <param name="from">What stands in its place.</param>
    public string RecordedFrom(string from) => Record(table, from);

    /// <summary>Changes the row and gives it as it is then; of a repeated request as it is now.</summary>
    /// <exception cref="DendriteException">
    /// The table's own not-found; ETAG_MISMATCH; REQUEST_ID_REUSED.
    /// </exception>
    public async Task<T> ChangeAsync(
        ProjectId project,
        (string Name, long? Revision) target,
        Mutation mutation,
        RowAction action,
        CancellationToken cancellationToken
    ) =>
        await TryApplyAsync(project, target, mutation, action, cancellationToken)
        ?? await FindDoneAsync(project, mutation, cancellationToken)
        ?? throw await WhyNotAsync(project, target.Name, cancellationToken);

    /// <summary>Deletes the row. A repeated request is answered though the row is gone.</summary>
    /// <exception cref="DendriteException">As of <see cref="ChangeAsync"/>.</exception>
    public async Task DeleteAsync(
        ProjectId project,
        (string Name, long? Revision) target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var deletion = new RowAction($"DELETE FROM {table.Name}", _ => { });
        var deleted = await TryApplyAsync(project, target, mutation, deletion, cancellationToken);
        if (deleted is null && await requests.FindAsync(project, mutation, cancellationToken) is null)
        {
            throw await WhyNotAsync(project, target.Name, cancellationToken);
        }
    }

    /// <summary>The row that a repeated request is about, as it is now; null where it was not done yet.</summary>
    public async Task<T?> FindDoneAsync(ProjectId project, Mutation mutation, CancellationToken cancellationToken) =>
        await requests.FindAsync(project, mutation, cancellationToken) is { } id
            ? await table.FindById(project, BinaryPrimitives.ReadInt64BigEndian(id), cancellationToken)
            : null;

    /// <summary>
    /// The row as the statement left or found it; null where nothing was done, or it was done before.
    /// </summary>
    private async Task<T?> TryApplyAsync(
        ProjectId project,
        (string Name, long? Revision) target,
        Mutation mutation,
        RowAction action,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add(
                $"""
                WITH {table.Alias} AS (
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
            return await batch.ReadRowAsync(table.Read, cancellationToken);
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
    ) =>
        await table.FindByName(project, name, cancellationToken) is null
            ? table.NoSuch(name)
            : new(
                ErrorReason.EtagMismatch,
                $"{table.Noun} '{name}' was changed since its etag was read; read it again and retry."
            );

    private static string Record(NamedTable<T> table, string from) =>
        $"""
            changed AS (
                SELECT int8send({table.Alias}.{table.IdColumn}) AS outcome FROM {table.Alias}
            ), {IdempotencyStore.Recording}
            SELECT {table.Columns} FROM {table.Alias}{from}
            """;
}

/// <summary>What is done to one row.</summary>
/// <param name="Sql">Up to its WHERE.</param>
internal sealed record RowAction(string Sql, Action<NpgsqlBatchCommand> AddParameters);

/// <summary>
/// A table with the columns <c>project_id</c>, <c>name</c> and <c>revision</c>, and how a row is read.
/// </summary>
/// <param name="Noun">What a row is, for people: capitalised.</param>
/// <param name="Name">With its schema.</param>
/// <param name="Alias">Of the row in <paramref name="Columns"/>.</param>
/// <param name="IdColumn">Its number.</param>
/// <param name="Columns">What <paramref name="Read"/> reads.</param>
internal sealed record NamedTable<T>(
    string Noun,
    string Name,
    string Alias,
    string IdColumn,
    string Columns,
    Func<NpgsqlDataReader, T> Read
)
    where T : class
{
    /// <summary>
    /// What follows the row in FROM, for columns that are not its own; begins with a space or is empty.
    /// </summary>
    public string From { get; init; } = "";

    public required Func<ProjectId, long, CancellationToken, Task<T?>> FindById { get; init; }

    public required Func<ProjectId, string, CancellationToken, Task<T?>> FindByName { get; init; }

    /// <summary>The error that there is none of that name.</summary>
    public required Func<string, DendriteException> NoSuch { get; init; }
}
