using Dendrite.Errors;
using Dendrite.Storage.Filtering;

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
                WHERE b.project_id = @project AND b.name = @name AND {BranchRow.IsThere("b")}
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
                WHERE b.project_id = @project AND b.branch_id = @id AND {BranchRow.IsThere("b")}
                """
            )
            .With("project", project.Value)
            .With("id", id.Value);
        return await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
    }

    /// <summary>
    /// A page of branches; what is purged is never among them. One round trip. By name it is one index range, and a
    /// page
    /// costs what it holds and what the filter leaves out; by a time, every branch of the project is looked at.
    /// </summary>
    public async Task<IReadOnlyList<BranchRecord>> ListAsync(
        ProjectId project,
        BranchQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {BranchRow.Columns} FROM branching.branch b {BranchRow.Joins}
                        WHERE b.project_id = @project AND {query.Order.After(query.After, "b.name")}
                            AND (b.delete_time IS NULL OR (@show_deleted AND b.purge_time > statement_timestamp()))
                            AND {filter}
                        ORDER BY {query.Order.OrderBy("b.name")}
                        LIMIT @limit
                        """
            )
            .With("project", project.Value)
            .With("show_deleted", query.ShowDeleted)
            .With("limit", query.Limit);
        query.Order.With(command, query.After);
        return await batch.ReadRowsAsync(BranchRow.Read, cancellationToken);
    }

    internal static DendriteException NotFound(string name) =>
        new(
            ErrorReason.BranchNotFound,
            $"Branch '{name}' does not exist; list the project's branches for those that do."
        );
}
