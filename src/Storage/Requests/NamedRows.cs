using Dendrite.Errors;

namespace Dendrite.Storage.Requests;

/// <summary>
/// Finds, lists, makes, changes and deletes the rows of a table whose rows have names and revisions: what a project
/// declares, such as tags, jobs and alert rules. A store of such rows has one of these, and the SQL that is its own.
/// Thread-safe.
/// </summary>
/// <remarks>
/// Each change is one statement that also remembers the request and writes the audit: one round trip, and more only to
/// answer a repeated request or to say why nothing was changed. All changes throw REQUEST_ID_REUSED.
/// </remarks>
internal sealed partial class NamedRows<T>(PlatformDatabase database, NamedTable<T> table)
    where T : class
{
    private readonly IdempotencyStore requests = new(database);

    /// <summary>The row of that name; null where there is none. One round trip.</summary>
    public async Task<T?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch.Add(Select($"{table.Alias}.name = @name")).With("project", project.Value).With("name", name);
        return await batch.ReadRowAsync(table.Read, cancellationToken);
    }

    /// <summary>The row of that name. One round trip.</summary>
    /// <exception cref="DendriteException">The table's own not-found.</exception>
    public async Task<T> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        await FindAsync(project, name, cancellationToken) ?? throw table.NoSuch(name);

    /// <summary>A page of rows, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<T>> ListAsync(
        ProjectId project,
        string afterName,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        // The page comes first: what is joined to its rows is looked up for no others.
        batch
            .Add(
                $"""
                SELECT {table.Columns} FROM (
                    SELECT * FROM {table.Name} WHERE project_id = @project AND name > @after
                    ORDER BY name LIMIT @limit
                ) AS {table.Alias}{table.From}
                ORDER BY {table.Alias}.name
                """
            )
            .With("project", project.Value)
            .With("after", afterName)
            .With("limit", limit);
        return await batch.ReadRowsAsync(table.Read, cancellationToken);
    }

    /// <summary>The rows of these names that exist, in no order. One round trip.</summary>
    public async Task<IReadOnlyList<T>> ListAsync(
        ProjectId project,
        IReadOnlyCollection<string> names,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(Select($"{table.Alias}.name = ANY (@names)"))
            .With("project", project.Value)
            .With("names", names.ToArray());
        return await batch.ReadRowsAsync(table.Read, cancellationToken);
    }

    private async Task<T?> FindAsync(ProjectId project, long id, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch.Add(Select($"{table.Alias}.{table.IdColumn} = @id")).With("project", project.Value).With("id", id);
        return await batch.ReadRowAsync(table.Read, cancellationToken);
    }

    private string Select(string condition) =>
        $"""
            SELECT {table.Columns} FROM {table.Name} AS {table.Alias}{table.From}
            WHERE {table.Alias}.project_id = @project AND {condition}
            """;
}
