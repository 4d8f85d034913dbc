namespace Dendrite.Storage.Requests;

/// <summary>
/// Forgets requests that were done long ago: each mutation adds one, and nobody repeats them for ever. For the
/// scheduler. Thread-safe.
/// </summary>
public sealed class RequestExpiryStore(PlatformDatabase database)
{
    /// <summary>How many requests <see cref="RemoveAsync"/> would remove in all. One round trip.</summary>
    /// <param name="age">Those that were done longer ago, by the clock of the database.</param>
    public async Task<long> CountAsync(ProjectId project, TimeSpan age, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT count(*) FROM branching.request
                WHERE project_id = @project AND create_time < statement_timestamp() - @age
                """
            )
            .With("project", project.Value)
            .With("age", age);
        return (await batch.ReadRowsAsync(row => row.GetInt64(0), cancellation)).Single();
    }

    /// <summary>Removes the oldest requests, in a transaction of its own. One round trip.</summary>
    /// <param name="age">Those that were done longer ago, by the clock of the database.</param>
    /// <param name="limit">At most so many.</param>
    /// <returns>How many were removed; fewer than the limit where none is left.</returns>
    public async Task<long> RemoveAsync(ProjectId project, TimeSpan age, int limit, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                WITH removed AS (
                    DELETE FROM branching.request
                    WHERE project_id = @project AND request_id = ANY (ARRAY(
                        SELECT request_id FROM branching.request
                        WHERE project_id = @project AND create_time < statement_timestamp() - @age
                        ORDER BY create_time LIMIT @limit))
                    RETURNING 1
                )
                SELECT count(*) FROM removed
                """
            )
            .With("project", project.Value)
            .With("age", age)
            .With("limit", limit);
        return (await batch.ReadRowsAsync(row => row.GetInt64(0), cancellation)).Single();
    }
}
