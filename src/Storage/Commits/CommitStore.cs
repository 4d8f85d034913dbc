using Dendrite.Storage.Branches;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using NpgsqlTypes;

namespace Dendrite.Storage.Commits;

/// <summary>Reads commits.</summary>
public sealed class CommitStore(PlatformDatabase database)
{
    /// <summary>
    /// The commits a snapshot sees, across forks and merges, newest first. One round trip; of each timeline it reads at
    /// most the query's limit of commits, and those that the filter leaves out.
    /// </summary>
    public async Task<IReadOnlyList<CommitRecord>> ListAsync(
        ProjectId project,
        CommitQuery query,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        SELECT {CommitRow.Columns}
                        FROM (
                            SELECT c.*
                            FROM {SnapshotSql.Seen}
                            JOIN branching.timeline line ON line.project_id = @project
                                AND line.timeline_id = seen.timeline_id AND line.start_version < @before
                                AND (@made_in IS NULL OR line.branch_id = @made_in)
                            CROSS JOIN LATERAL (
                                SELECT * FROM branching.commit c
                                WHERE c.project_id = @project AND c.timeline_id = seen.timeline_id
                                    AND c.version <= seen.through_version AND c.version < @before AND {filter}
                                ORDER BY c.version DESC
                                LIMIT @limit
                            ) AS c
                            ORDER BY c.version DESC
                            LIMIT @limit
                        ) AS c
                        {CommitRow.Joins}
                        ORDER BY c.version DESC
                        """
            )
            .With(query.Snapshot)
            .With("project", project.Value)
            .With("made_in", NpgsqlDbType.Bigint, query.MadeIn?.Value)
            .With("before", query.Before?.Value ?? long.MaxValue)
            .With("limit", query.Limit);
        return await batch.ReadRowsAsync(CommitRow.Read, cancellationToken);
    }

    /// <summary>The commit of that version where the snapshot sees it; null otherwise. One round trip.</summary>
    public async Task<CommitRecord?> FindAsync(
        ProjectId project,
        Snapshot snapshot,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {CommitRow.Columns} FROM branching.commit c {CommitRow.Joins}
                WHERE c.project_id = @project AND c.version = @version AND {SnapshotSql.Sees("c")}
                """
            )
            .With(snapshot)
            .With("project", project.Value)
            .With("version", version.Value);
        return await batch.ReadRowAsync(CommitRow.Read, cancellationToken);
    }

    /// <summary>
    /// The commit of that version, in whichever branch it was made; null where it is gone. One round trip.
    /// </summary>
    public async Task<CommitRecord?> FindAsync(
        ProjectId project,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {CommitRow.Columns} FROM branching.commit c {CommitRow.Joins}
                WHERE c.project_id = @project AND c.version = @version
                """
            )
            .With("project", project.Value)
            .With("version", version.Value);
        return await batch.ReadRowAsync(CommitRow.Read, cancellationToken);
    }

    /// <summary>
    /// The commit of that version where it was made in the branch of that name, also on a line that a reset left
    /// behind, and also when the branch is deleted or purged; null otherwise. One round trip.
    /// </summary>
    public async Task<CommitRecord?> FindMadeInAsync(
        ProjectId project,
        string branch,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var found = await FindAsync(project, version, cancellationToken);
        return found?.Branch == branch ? found : null;
    }
}

/// <summary>Which commits to list.</summary>
/// <param name="Snapshot">Those that it sees.</param>
/// <param name="Limit">At most so many.</param>
public sealed record CommitQuery(Snapshot Snapshot, int Limit)
{
    /// <summary>Only commits below this version; null begins with the newest.</summary>
    public CommitVersion? Before { get; init; }

    /// <summary>Only commits made in this branch; null: all.</summary>
    public BranchId? MadeIn { get; init; }

    public RowCondition Filter { get; init; } = RowCondition.All();
}

/// <summary>What lists of commits are filtered by.</summary>
public static class CommitFields
{
    public static RowField Author { get; } = new("c.author", NpgsqlDbType.Text);

    public static RowField Kind { get; } = new("c.kind", NpgsqlDbType.Text);

    public static RowField Version { get; } = new("c.version", NpgsqlDbType.Bigint);

    public static RowField Time { get; } = new("c.commit_time", NpgsqlDbType.TimestampTz);

    /// <summary>Whether it wrote to a stream of this name: samples or the descriptor. True or false.</summary>
    public static RowField Wrote(string stream) =>
        new(
            """
            (EXISTS (
                SELECT FROM signals.append a
                JOIN signals.stream s ON s.project_id = a.project_id AND s.stream_id = a.stream_id
                WHERE a.project_id = c.project_id AND a.timeline_id = c.timeline_id AND a.version = c.version
                    AND s.name = @key
            ) OR EXISTS (
                SELECT FROM signals.stream s
                WHERE s.project_id = c.project_id AND s.timeline_id = c.timeline_id AND s.version = c.version
                    AND s.name = @key
            ))
            """,
            NpgsqlDbType.Boolean
        )
        {
            Key = stream,
        };
}
