using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Branches;

/// <summary>Reads the ancestry around a branch. All of it stands in names and vectors: no data is read.</summary>
public sealed class BranchGraphStore(PlatformDatabase database)
{
    /// <summary>
    /// Common table expressions for the branches around one: <c>around</c> (branch_id, side, depth), also those that
    /// are purged. Parameters: <c>@project</c>, <c>@branch</c>, <c>@up</c>, <c>@down</c>.
    /// </summary>
    private const string Around = $"""
        WITH RECURSIVE up AS (
            SELECT b.branch_id, b.parent_branch_id, 0 AS depth FROM branching.branch b
            WHERE b.project_id = @project AND b.branch_id = @branch
            UNION ALL
            SELECT fork.branch_id, fork.parent_branch_id, up.depth + 1
            FROM up JOIN ({Forks}) AS fork ON fork.branch_id = up.parent_branch_id
            WHERE up.depth < @up
        ), down AS (
            SELECT @branch AS branch_id, 0 AS depth
            UNION ALL
            SELECT fork.branch_id, down.depth + 1
            FROM down JOIN ({Forks}) AS fork ON fork.parent_branch_id = down.branch_id
            WHERE down.depth < @down
        ), around AS (
            SELECT branch_id, -1 AS side, depth FROM up WHERE depth > 0
            UNION ALL
            SELECT branch_id, CASE WHEN depth = 0 THEN 0 ELSE 1 END, depth FROM down
        )
        """;

    /// <summary>Which branch was forked from which, those that maintenance removed included.</summary>
    private const string Forks = """
        SELECT b.branch_id, b.parent_branch_id FROM branching.branch b WHERE b.project_id = @project
        UNION ALL
        SELECT p.branch_id, p.parent_branch_id FROM branching.purged_branch p WHERE p.project_id = @project
        """;

    /// <summary>
    /// The branches around one: ancestors from the nearest, the branch, then descendants, nearest first and by name.
    /// Purged ones are left out, and what was forked from them is reached through them all the same. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<GraphBranch>> ListAsync(
        ProjectId project,
        GraphQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                {Around}
                SELECT {BranchRow.Columns}, around.side, around.depth
                FROM around
                JOIN branching.branch b ON b.project_id = @project AND b.branch_id = around.branch_id
                {BranchRow.Joins}
                WHERE {BranchRow.IsThere("b")}
                    AND (around.side, around.depth, b.name::text) > (@after_side, @after_depth, @after_name)
                ORDER BY around.side, around.depth, b.name
                LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("branch", query.Branch.Value)
            .With("up", query.AncestorDepth)
            .With("down", query.DescendantDepth)
            .With("after_side", query.After?.Side ?? int.MinValue)
            .With("after_depth", query.After?.Depth ?? 0)
            .With("after_name", query.After?.Name ?? "")
            .With("limit", query.Limit);
        return await batch.ReadRowsAsync(ReadBranch, cancellationToken);
    }

    /// <summary>
    /// The merges of a page's branches into any branch of the graph, oldest first: over all pages each merge comes
    /// once, with its source. They stand among the project's merges; those that came by a restore in the targets'
    /// vectors, or in the timelines that merges absorbed. One round trip.
    /// </summary>
    /// <param name="query">The graph; which page of it is not looked at.</param>
    /// <param name="page">The branches on the page.</param>
    public async Task<IReadOnlyList<BranchMerge>> ListMergesAsync(
        ProjectId project,
        GraphQuery query,
        IReadOnlyCollection<BranchId> page,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(Merges)
            .With("project", project.Value)
            .With("branch", query.Branch.Value)
            .With("up", query.AncestorDepth)
            .With("down", query.DescendantDepth)
            .With("page", page.Select(branch => branch.Value).ToArray());
        return await batch.ReadRowsAsync(
            reader => new BranchMerge(
                reader.GetString(0),
                new(reader.GetInt64(1)),
                reader.GetString(2),
                new(reader.GetInt64(3))
            ),
            cancellationToken
        );
    }

    /// <summary>Parameters: those of <see cref="Around"/>, and <c>@page</c>.</summary>
    private const string Merges = $"""
        {Around}, own AS (
            SELECT t.timeline_id, t.absorbed_into_timeline_id, t.absorbed_at_version
            FROM branching.timeline t
            WHERE t.project_id = @project AND t.branch_id = ANY (@page)
        ), line AS (
            SELECT t.timeline_id, b.name
            FROM around
            JOIN branching.branch b ON b.project_id = @project AND b.branch_id = around.branch_id
            JOIN branching.timeline t ON t.project_id = @project AND t.branch_id = b.branch_id
            WHERE b.purge_time IS NULL OR b.purge_time > statement_timestamp()
        ), merge AS (
            -- Of the page's branches, by name or by what they brought, perhaps with more.
            SELECT line.timeline_id, line.name, c.version
            FROM (
                SELECT e.timeline_id, e.since_version AS version
                FROM own
                JOIN branching.vector_entry e ON e.project_id = @project
                    AND e.owner_timeline_id = own.timeline_id AND e.since_version > 0
                UNION
                SELECT own.absorbed_into_timeline_id, own.absorbed_at_version FROM own
                UNION
                SELECT c.timeline_id, c.version
                FROM branching.merge m
                JOIN branching.commit c ON c.project_id = @project AND c.version = m.commit_version
                WHERE m.project_id = @project AND m.source_branch_id = ANY (@page)
                    AND m.commit_version IS NOT NULL
            ) AS brings
            JOIN line ON line.timeline_id = brings.timeline_id
            JOIN branching.commit c ON c.project_id = @project AND c.timeline_id = line.timeline_id
                AND c.version = brings.version AND c.kind = 'merge'
        ), brought AS (
            SELECT merge.version, e.owner_timeline_id AS timeline_id, e.through_version AS source_version
            FROM merge
            JOIN branching.vector_entry e ON e.project_id = @project AND e.timeline_id = merge.timeline_id
                AND e.since_version = merge.version
            UNION ALL
            SELECT merge.version, a.timeline_id, a.head_version
            FROM merge
            JOIN branching.timeline a ON a.project_id = @project
                AND a.absorbed_into_timeline_id = merge.timeline_id
                AND a.absorbed_at_version = merge.version
        ), newest AS (
            SELECT DISTINCT ON (brought.version) brought.* FROM brought
            ORDER BY brought.version, brought.source_version DESC
        )
        SELECT source.name, coalesce(m.source_version, newest.source_version), merge.name, merge.version
        FROM merge
        LEFT JOIN branching.merge m ON m.project_id = @project AND m.commit_version = merge.version
        LEFT JOIN newest ON newest.version = merge.version
        LEFT JOIN branching.timeline t ON t.project_id = @project AND t.timeline_id = newest.timeline_id
        -- Where nothing says what was merged, as after a restore, the newest commit that came is of that.
        JOIN branching.branch source ON source.project_id = @project
            AND source.branch_id = coalesce(m.source_branch_id, t.branch_id)
        WHERE source.branch_id = ANY (@page)
        ORDER BY merge.version
        """;

    private static GraphBranch ReadBranch(NpgsqlDataReader reader) =>
        new(BranchRow.Read(reader), reader.GetInt32(reader.FieldCount - 2), reader.GetInt32(reader.FieldCount - 1));
}

/// <summary>Which part of the ancestry to read.</summary>
/// <param name="Limit">At most so many branches.</param>
public sealed record GraphQuery(BranchId Branch, int AncestorDepth, int DescendantDepth, int Limit)
{
    /// <summary>Only branches after this place; null for the first page.</summary>
    public GraphPlace? After { get; init; }
}

/// <summary>A place in the order of a graph.</summary>
/// <param name="Side">-1: an ancestor; 0: the branch; 1: a descendant.</param>
/// <param name="Depth">How many forks away.</param>
public sealed record GraphPlace(int Side, int Depth, string Name);

/// <summary>A branch in a graph, with its place.</summary>
public sealed record GraphBranch(BranchRecord Branch, int Side, int Depth)
{
    public GraphPlace Place => new(Side, Depth, Branch.Name);
}

/// <summary>A merge between two branches, by their names now.</summary>
/// <param name="SourceVersion">The head of the source then.</param>
/// <param name="TargetVersion">The merge's commit.</param>
public sealed record BranchMerge(
    string Source,
    CommitVersion SourceVersion,
    string Target,
    CommitVersion TargetVersion
);
