using System.Text.Json;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Dendrite.Versioning.History;
using Npgsql;

namespace Dendrite.Storage.History;

/// <summary>Reads what a hash chain is recomputed from, by the page.</summary>
public sealed class HistoryStore(PlatformDatabase database)
{
    /// <summary>
    /// The commits that a snapshot sees, oldest first, after a version. One round trip; of each timeline it reads at
    /// most
    /// <paramref name="limit"/>.
    /// </summary>
    public async Task<IReadOnlyList<StoredCommit>> ReadAsync(
        ProjectId project,
        Snapshot snapshot,
        CommitVersion after,
        int limit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT c.timeline_id, c.version, c.commit_time, c.author, c.message, c.digest,
                    c.parent_version, c.parent_hash, c.hash,
                    CASE WHEN line.start_version = 0 THEN decode(repeat('00', 32), 'hex') ELSE fork.hash END,
                    c.kind, coalesce(b.name, line.branch_name), c.statistics::text
                FROM {SnapshotSql.Seen}
                JOIN branching.timeline line ON line.project_id = @project
                    AND line.timeline_id = seen.timeline_id
                CROSS JOIN LATERAL (
                    SELECT * FROM branching.commit c
                    WHERE c.project_id = @project AND c.timeline_id = seen.timeline_id
                        AND c.version > @after AND c.version <= seen.through_version
                    ORDER BY c.version
                    LIMIT @limit
                ) AS c
                LEFT JOIN branching.commit fork ON fork.project_id = @project AND fork.version = line.start_version
                LEFT JOIN branching.branch b ON b.project_id = @project AND b.branch_id = line.branch_id
                ORDER BY c.version
                LIMIT @limit
                """
            )
            .With(snapshot)
            .With("project", project.Value)
            .With("after", after.Value)
            .With("limit", limit);
        return await batch.ReadRowsAsync(Read, cancellationToken);
    }

    /// <summary>
    /// The last commit that a snapshot sees of each timeline, and of those seen whole, the hash that the timeline keeps
    /// of
    /// it. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<TimelineEnd>> ReadEndsAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT line.timeline_id, seen.through_version,
                    CASE WHEN line.head_version = seen.through_version THEN line.head_hash END,
                    coalesce(b.name, line.branch_name)
                FROM {SnapshotSql.Seen}
                JOIN branching.timeline line ON line.project_id = @project
                    AND line.timeline_id = seen.timeline_id
                LEFT JOIN branching.branch b ON b.project_id = @project AND b.branch_id = line.branch_id
                ORDER BY seen.through_version
                """
            )
            .With(snapshot)
            .With("project", project.Value);
        return await batch.ReadRowsAsync(
            reader => new TimelineEnd(
                new(reader.GetInt64(0)),
                new(reader.GetInt64(1)),
                reader.IsDBNull(2) ? null : reader.GetFieldValue<byte[]>(2),
                reader.IsDBNull(3) ? null : reader.GetString(3)
            ),
            cancellationToken
        );
    }

    /// <summary>
    /// A row that a snapshot sees and no commit wrote: it bears the version of none of its timeline's commits, or lies
    /// outside of what that commit appended. Null where there is none. One round trip; reads every row, and no payload.
    /// </summary>
    public async Task<StrayRow?> FindStrayAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var rows = Tables.Select(table =>
            $"""
                SELECT '{table}' AS relation, stored.timeline_id, stored.version
                FROM {SnapshotSql.Seen}
                JOIN {table} AS stored ON stored.project_id = @project AND stored.timeline_id = seen.timeline_id
                    AND stored.version <= seen.through_version
                WHERE NOT EXISTS (
                    SELECT FROM branching.commit c
                    WHERE c.project_id = @project AND c.version = stored.version
                        AND c.timeline_id = stored.timeline_id)
                """
        );
        const string Blocks = $"""
            SELECT 'signals.block', stored.timeline_id, stored.version
            FROM {SnapshotSql.Seen}
            JOIN signals.block AS stored ON stored.project_id = @project AND stored.timeline_id = seen.timeline_id
                AND stored.version <= seen.through_version
            WHERE NOT EXISTS (
                SELECT FROM signals.append a
                WHERE a.project_id = @project AND a.timeline_id = stored.timeline_id
                    AND a.stream_id = stored.stream_id AND a.version = stored.version
                    AND stored.first_sample >= a.first_sample
                    AND stored.first_sample < a.group_ends[stored.channel_group + 1])
            """;
        batch
            .Add(
                $"""
                SELECT stray.relation, stray.timeline_id, stray.version, coalesce(b.name, line.branch_name)
                FROM ({string.Join(" UNION ALL ", rows.Append(Blocks))}) AS stray
                JOIN branching.timeline line ON line.project_id = @project
                    AND line.timeline_id = stray.timeline_id
                LEFT JOIN branching.branch b ON b.project_id = @project AND b.branch_id = line.branch_id
                LIMIT 1
                """
            )
            .With(snapshot)
            .With("project", project.Value);
        return await batch.ReadRowAsync(
            row => new StrayRow(row.GetString(0), new(row.GetInt64(2)), row.IsDBNull(3) ? null : row.GetString(3)),
            cancellationToken
        );
    }

    /// <summary>What commits write, but blocks, which are asked for more.</summary>
    private static readonly string[] Tables =
    [
        "records.row",
        "records.dataset",
        "signals.stream",
        "signals.append",
        "signals.gap",
        "signals.time_anchor",
        "signals.annotation",
        "signals.mask",
    ];

    private static StoredCommit Read(NpgsqlDataReader reader)
    {
        var content = new CommitContent(
            new(reader.GetInt64(0)),
            new(reader.GetInt64(1)),
            reader.GetFieldValue<DateTimeOffset>(2),
            reader.GetString(3),
            reader.GetString(4),
            reader.GetFieldValue<byte[]>(5)
        );
        var commit = new ChainedCommit(
            content,
            new(reader.GetInt64(6)),
            reader.GetFieldValue<byte[]>(7),
            reader.GetFieldValue<byte[]>(8),
            reader.IsDBNull(9) ? null : reader.GetFieldValue<byte[]>(9)
        );
        return new(commit, reader.IsDBNull(11) ? null : reader.GetString(11))
        {
            Kind = Enum.Parse<CommitKind>(reader.GetString(10), ignoreCase: true),
            Statistics = JsonSerializer.Deserialize<Dictionary<string, long>>(reader.GetString(12))!,
        };
    }
}

/// <summary>A commit with where it was made.</summary>
/// <param name="Branch">Name of its branch as it is called now; null once that was purged.</param>
public sealed record StoredCommit(ChainedCommit Commit, string? Branch)
{
    public CommitKind Kind { get; init; }

    /// <summary>How much it wrote, as it said then; not covered by the hash.</summary>
    public IReadOnlyDictionary<string, long> Statistics { get; init; } = new Dictionary<string, long>();
}

/// <summary>The last commit of a timeline that is seen.</summary>
/// <param name="HeadHash">What the timeline keeps of it; null where it has gone on since.</param>
/// <param name="Branch">Name of its branch as it is called now; null once that was purged.</param>
public sealed record TimelineEnd(TimelineId Timeline, CommitVersion Through, byte[]? HeadHash, string? Branch);

/// <summary>A row that no commit wrote.</summary>
/// <param name="Table">With its schema.</param>
/// <param name="Version">What it says.</param>
/// <param name="Branch">Name of the branch in whose timeline it lies; null once that was purged.</param>
public sealed record StrayRow(string Table, CommitVersion Version, string? Branch);
