using System.Text.Json;
using Dendrite.Errors;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>Finds and lists branches. Changes are in <see cref="BranchWriter"/>.</summary>
public sealed class BranchStore(PlatformDatabase database)
{
    /// <summary>
    /// The branch of that name, also when it is deleted and not purged; null where there is none. One round trip.
    /// </summary>
    public async Task<BranchRecord?> FindAsync(ProjectId project, string name, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {BranchRow.Columns} FROM branching.branch b {BranchRow.Joins}
                WHERE b.project_id = @project AND b.name = @name
                    AND (b.purge_time IS NULL OR b.purge_time > statement_timestamp())
                """
            )
            .With("project", project.Value)
            .With("name", name);
        return await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
    }

    /// <summary>The branch of that name, also when it is deleted. One round trip.</summary>
    /// <exception cref="DendriteException">BRANCH_NOT_FOUND.</exception>
    public async Task<BranchRecord> GetAsync(ProjectId project, string name, CancellationToken cancellationToken) =>
        await FindAsync(project, name, cancellationToken) ?? throw NotFound(name);

    /// <summary>The branch of this number, whatever it is called now; null once it is purged. One round trip.</summary>
    public async Task<BranchRecord?> FindAsync(ProjectId project, BranchId id, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {BranchRow.Columns} FROM branching.branch b {BranchRow.Joins}
                WHERE b.project_id = @project AND b.branch_id = @id
                """
            )
            .With("project", project.Value)
            .With("id", id.Value);
        return await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
    }

    /// <summary>
    /// A page of branches by name. One round trip, one index range; the cost does not grow with the page's place.
    /// </summary>
    public async Task<IReadOnlyList<BranchRecord>> ListAsync(
        ProjectId project,
        BranchQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {BranchRow.Columns} FROM branching.branch b {BranchRow.Joins}
                WHERE b.project_id = @project AND b.name > @after AND b.name >= @prefix AND b.name < @prefix_end
                    AND (@kind IS NULL OR b.kind = @kind)
                    AND b.labels @> @labels
                    AND CASE @state
                        WHEN 'deleted' THEN b.delete_time IS NOT NULL
                        WHEN 'archived' THEN b.delete_time IS NULL AND b.archive_time IS NOT NULL
                        WHEN 'active' THEN b.delete_time IS NULL AND b.archive_time IS NULL
                        ELSE @show_deleted OR b.delete_time IS NULL
                    END
                ORDER BY b.name
                LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("after", query.After)
            .With("prefix", query.Prefix)
            // Names hold only characters before '{'.
            .With("prefix_end", query.Prefix + "{")
            .With("kind", NpgsqlDbType.Text, query.Kind?.ToString().ToLowerInvariant())
            .With("labels", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(query.Labels))
            .With("state", NpgsqlDbType.Text, query.State?.ToString().ToLowerInvariant())
            .With("show_deleted", query.ShowDeleted)
            .With("limit", query.Limit);
        return await batch.ReadRowsAsync(BranchRow.Read, cancellationToken);
    }

    internal static DendriteException NotFound(string name) =>
        new(
            ErrorReason.BranchNotFound,
            $"Branch '{name}' does not exist; list the project's branches for those that do."
        );
}
