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
    /// <summary>What a snapshot sees, for statements that look into it more than once.</summary>
    private const string Sight = $"""
        sight AS MATERIALIZED (
            SELECT seen.timeline_id, seen.through_version FROM {SnapshotSql.Seen}
        )
        """;

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
    /// The commit that a branch, or a timeline that it sees, was forked at, where the branch does not see that one;
    /// null where it sees all of them. One round trip.
    /// </summary>
    public async Task<CommitVersion?> FindUnseenForkAsync(
        ProjectId project,
        BranchSnapshot branch,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                WITH {Sight}
                SELECT line.start_version FROM branching.timeline line
                WHERE line.project_id = @project AND line.start_version > 0
                    AND (line.timeline_id = @own OR line.timeline_id IN (SELECT sight.timeline_id FROM sight))
                    AND NOT EXISTS (
                        SELECT FROM branching.commit fork
                        JOIN sight ON sight.timeline_id = fork.timeline_id AND fork.version <= sight.through_version
                        WHERE fork.project_id = @project AND fork.version = line.start_version)
                ORDER BY line.start_version
                LIMIT 1
                """
            )
            .With(branch.Snapshot)
            .With("project", project.Value)
            .With("own", branch.Timeline.Value);
        var found = await batch.ReadRowsAsync(row => row.GetInt64(0), cancellationToken);
        return found.Count == 0 ? null : new CommitVersion(found[0]);
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

    /// <summary>
    /// A record row that a snapshot sees and that misleads scans: it does not say where its timeline wrote the key
    /// again, or not that it wins over one of another timeline. Null where there is none. One round trip; reads every
    /// row of records, and no document.
    /// </summary>
    public async Task<MisleadingRow?> FindMisleadingAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                WITH {Sight}
                SELECT stored.dataset_id, stored.key, stored.version, coalesce(b.name, line.branch_name)
                FROM sight
                JOIN records.row AS stored ON stored.project_id = @project
                    AND stored.timeline_id = sight.timeline_id AND stored.version <= sight.through_version
                CROSS JOIN LATERAL (
                    SELECT min(later.version) AS version FROM records.row AS later
                    WHERE later.project_id = @project AND later.dataset_id = stored.dataset_id
                        AND later.key = stored.key AND later.timeline_id = stored.timeline_id
                        AND later.version > stored.version
                ) AS next
                JOIN branching.timeline line ON line.project_id = @project
                    AND line.timeline_id = stored.timeline_id
                LEFT JOIN branching.branch b ON b.project_id = @project AND b.branch_id = line.branch_id
                -- What lies beyond is not looked at: a sweep may be removing it.
                WHERE CASE WHEN next.version <= sight.through_version
                        THEN stored.superseded_version IS DISTINCT FROM next.version
                        ELSE stored.superseded_version <= sight.through_version END
                    OR (NOT stored.shadows AND coalesce(next.version > sight.through_version, true) AND EXISTS (
                        SELECT FROM records.row AS older
                        JOIN sight AS other ON other.timeline_id = older.timeline_id
                            AND older.version <= other.through_version
                        WHERE older.project_id = @project AND older.dataset_id = stored.dataset_id
                            AND older.key = stored.key AND older.version < stored.version
                            AND older.timeline_id <> stored.timeline_id
                            AND coalesce(older.superseded_version > other.through_version, true)))
                LIMIT 1
                """
            )
            .With(snapshot)
            .With("project", project.Value);
        return await batch.ReadRowAsync(
            row => new MisleadingRow(
                new(new(row.GetInt64(0)), row.GetFieldValue<byte[]>(1)),
                new(row.GetInt64(2)),
                row.IsDBNull(3) ? null : row.GetString(3)
            ),
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

/// <summary>A row of a record by which scans find another state than there is.</summary>
/// <param name="Version">Where it was written.</param>
/// <param name="Branch">Name of the branch in whose timeline it lies; null once that was purged.</param>
public sealed record MisleadingRow(DamagedRecord Record, CommitVersion Version, string? Branch);
