using Dendrite.Errors;

namespace Dendrite.Storage.Assertions;

/// <summary>Finds and lists assertions. Changes are in <see cref="AssertionWriter"/>.</summary>
public sealed class AssertionStore(PlatformDatabase database)
{
    /// <summary>The assertion of that name; null where there is none. One round trip.</summary>
    public Task<AssertionRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        FindAsync(project, "a.name = @name", name, default, cancellationToken);

    /// <summary>The assertion of this number; null once it is deleted. One round trip.</summary>
    public Task<AssertionRecord?> FindAsync(ProjectId project, AssertionId id, CancellationToken cancellationToken) =>
        FindAsync(project, "a.assertion_id = @id", "", id, cancellationToken);

    /// <summary>The assertion of that name. One round trip.</summary>
    /// <exception cref="DendriteException">ASSERTION_NOT_FOUND.</exception>
    public async Task<AssertionRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        await FindAsync(project, name, cancellationToken) ?? throw NoSuchAssertion(name);

    /// <summary>A page of assertions, by name. One round trip.</summary>
    /// <param name="afterName">The last name of the page before; empty for the first page.</param>
    public async Task<IReadOnlyList<AssertionRecord>> ListAsync(
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
                SELECT {AssertionRow.Columns} FROM branching.assertion a
                WHERE a.project_id = @project AND a.name > @after
                ORDER BY a.name
                LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("after", afterName)
            .With("limit", limit);
        return await batch.ReadRowsAsync(AssertionRow.Read, cancellationToken);
    }

    /// <summary>All assertions of a project, by name: what a merge asks. One round trip, one index probe.</summary>
    public Task<IReadOnlyList<AssertionRecord>> ListAllAsync(ProjectId project, CancellationToken cancellationToken) =>
        ListAsync(project, "", int.MaxValue, cancellationToken);

    /// <summary>ASSERTION_NOT_FOUND, to be thrown.</summary>
    public static DendriteException NoSuchAssertion(string name) =>
        new(ErrorReason.AssertionNotFound, $"Assertion '{name}' does not exist; list the assertions of the project.");

    private async Task<AssertionRecord?> FindAsync(
        ProjectId project,
        string condition,
        string name,
        AssertionId id,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {AssertionRow.Columns} FROM branching.assertion a
                WHERE a.project_id = @project AND {condition}
                """
            )
            .With("project", project.Value)
            .With("name", name)
            .With("id", id.Value);
        return await batch.ReadRowAsync(AssertionRow.Read, cancellationToken);
    }
}
