using System.Text.Json;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Commits;

/// <summary>Reads commits.</summary>
public sealed class CommitStore(PlatformDatabase database)
{
    /// <summary>
    /// The commits a snapshot sees, newest first, before a version. One round trip; reads at most
    /// <paramref name="limit"/> commits of each timeline.
    /// </summary>
    /// <param name="before">Only commits below this version; null begins with the newest.</param>
    public async Task<IReadOnlyList<CommitRecord>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        CommitVersion? before,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT b.name, c.timeline_id, c.version, c.commit_time, c.author, c.message, c.digest,
                    c.kind, c.parent_version, c.parent_hash, c.hash, c.statistics::text
                FROM unnest(@owners, @through) AS seen (timeline_id, through_version)
                CROSS JOIN LATERAL (
                    SELECT * FROM branching.commit
                    WHERE project_id = @project AND timeline_id = seen.timeline_id
                        AND version <= seen.through_version AND version < @before
                    ORDER BY version DESC
                    LIMIT @limit
                ) AS c
                JOIN branching.timeline t ON t.project_id = @project AND t.timeline_id = c.timeline_id
                JOIN branching.branch b ON b.project_id = @project AND b.branch_id = t.branch_id
                ORDER BY c.version DESC
                LIMIT @limit
                """
            )
            .With(snapshot)
            .With("project", project.Value)
            .With("before", before?.Value ?? long.MaxValue)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>The commit of that version where the snapshot sees it; null otherwise. One round trip.</summary>
    public async Task<CommitRecord?> FindAsync(
        ProjectId project,
        Snapshot snapshot,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var next = new CommitVersion(Math.Min(version.Value, long.MaxValue - 1) + 1);
        var newest = await ListAsync(project, snapshot, next, 1, cancellationToken);
        return newest.SingleOrDefault() is { } commit && commit.Content.Version == version ? commit : null;
    }

    private static CommitRecord Read(NpgsqlDataReader reader) =>
        new(
            reader.GetString(0),
            new CommitContent(
                new(reader.GetInt64(1)),
                new(reader.GetInt64(2)),
                reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4),
                reader.GetString(5),
                reader.GetFieldValue<byte[]>(6)
            )
        )
        {
            Kind = Enum.Parse<CommitKind>(reader.GetString(7), ignoreCase: true),
            ParentVersion = new(reader.GetInt64(8)),
            ParentHash = reader.GetFieldValue<byte[]>(9),
            Hash = reader.GetFieldValue<byte[]>(10),
            Statistics = JsonSerializer.Deserialize<Dictionary<string, long>>(reader.GetString(11))!,
        };
}
