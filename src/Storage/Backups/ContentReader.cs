using System.Runtime.CompilerServices;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Backups;

/// <summary>What a snapshot sees, in an order that follows from the content alone. Thread-safe.</summary>
internal sealed class ContentReader(PlatformDatabase database)
{
    /// <summary>Columns that say where and when a row was written.</summary>
    private const string Bookkeeping =
        "'{project_id,timeline_id,stream_id,dataset_id,version,create_version,create_time,update_time}'::text[]";

    /// <summary>The streams by name. One round trip.</summary>
    public async Task<IReadOnlyList<ContentStream>> ListStreamsAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT newest.stream_id, newest.json::text, coalesce((
                    SELECT max(cardinality(a.group_ends))
                    FROM signals.seen(newest.stream_id, @owners, @through) AS seen (timeline_id, through_version)
                    CROSS JOIN LATERAL (
                        SELECT a.group_ends FROM signals.append a
                        WHERE a.project_id = @project AND a.timeline_id = seen.timeline_id
                            AND a.stream_id = newest.stream_id AND a.version <= seen.through_version
                        ORDER BY a.version DESC LIMIT 1
                    ) AS a), 0)
                FROM (
                    SELECT DISTINCT ON (s.stream_id) s.stream_id, s.name, s.deleted, to_jsonb(s) - {Bookkeeping} AS json
                    FROM {SnapshotSql.Seen}
                    JOIN signals.stream s ON s.project_id = @project AND s.timeline_id = seen.timeline_id
                        AND s.version <= seen.through_version
                    ORDER BY s.stream_id, s.version DESC
                ) AS newest
                WHERE NOT newest.deleted
                ORDER BY newest.name COLLATE "C", newest.json->>'uid'
                """
            )
            .With(snapshot)
            .With("project", project.Value);
        return await batch.ReadRowsAsync(
            row => new ContentStream(row.GetInt64(0), row.GetString(1), row.GetInt32(2)),
            cancellationToken
        );
    }

    /// <summary>What lies beside a stream's samples, table by table. One statement for each.</summary>
    public async IAsyncEnumerable<string> ReadPartsAsync(
        ProjectId project,
        Snapshot snapshot,
        long stream,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        (string Table, string Key, string Shown)[] parts =
        [
            // Of a merge both sides may have declared the same gap.
            ("signals.gap", "p.first_sample, p.channel_group", "true"),
            ("signals.time_anchor", "p.sample_index", "true"),
            ("signals.annotation", "p.annotation_id", "NOT newest.deleted"),
            ("signals.mask", "p.mask_id", "NOT newest.deleted"),
        ];
        await using var session = await database.BeginAsync(project, cancellationToken);
        foreach (var (table, key, shown) in parts)
        {
            await using var batch = session.CreateBatch();
            batch
                .Add(
                    $"""
                    SELECT (to_jsonb(newest) - {Bookkeeping})::text FROM (
                        SELECT DISTINCT ON ({key}) p.*
                        FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through_version)
                        JOIN {table} p ON p.project_id = @project AND p.timeline_id = seen.timeline_id
                            AND p.stream_id = @stream AND p.version <= seen.through_version
                        ORDER BY {key}, p.version DESC
                    ) AS newest WHERE {shown}
                    ORDER BY {key.Replace("p.", "newest.", StringComparison.Ordinal)}
                    """
                )
                .With(snapshot)
                .With("project", project.Value)
                .With("stream", stream);
            await foreach (var row in batch.StreamRowsAsync(row => row.GetString(0), false, cancellationToken))
            {
                yield return row;
            }
        }
    }

    /// <summary>The datasets by name. One round trip.</summary>
    public async Task<IReadOnlyList<ContentDataset>> ListDatasetsAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT newest.dataset_id, newest.json::text FROM (
                    SELECT DISTINCT ON (d.dataset_id) d.dataset_id, d.name, d.deleted,
                        -- Which version changed the columns last says where it was written.
                        (to_jsonb(d) - {Bookkeeping}) #- '{"{definition,schemaVersion}"}' AS json
                    FROM {SnapshotSql.Seen}
                    JOIN records.dataset d ON d.project_id = @project AND d.timeline_id = seen.timeline_id
                        AND d.version <= seen.through_version
                    ORDER BY d.dataset_id, d.version DESC
                ) AS newest
                WHERE NOT newest.deleted
                ORDER BY newest.name COLLATE "C", newest.json->>'uid'
                """
            )
            .With(snapshot)
            .With("project", project.Value);
        return await batch.ReadRowsAsync(
            row => new ContentDataset(row.GetInt64(0), row.GetString(1)),
            cancellationToken
        );
    }

    /// <summary>The records of a dataset by key. One statement, which stays open while the caller takes them.</summary>
    public async IAsyncEnumerable<(byte[] Key, byte[] Digest)> ReadRecordsAsync(
        ProjectId project,
        Snapshot snapshot,
        long dataset,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var session = await database.BeginAsync(project, cancellationToken);
        await using var batch = session.CreateBatch();
        batch
            .Add(
                $"""
                SELECT newest.key, newest.digest FROM (
                    SELECT DISTINCT ON (r.key) r.key, r.digest, r.document IS NULL AS is_gone
                    FROM {SnapshotSql.Seen}
                    JOIN records.row r ON r.project_id = @project AND r.dataset_id = @dataset
                        AND r.timeline_id = seen.timeline_id AND r.version <= seen.through_version
                    ORDER BY r.key, r.version DESC
                ) AS newest
                WHERE NOT newest.is_gone
                ORDER BY newest.key
                """
            )
            .With(snapshot)
            .With("project", project.Value)
            .With("dataset", dataset);
        await foreach (var record in batch.StreamRowsAsync(Read, true, cancellationToken))
        {
            yield return record;
        }

        static (byte[], byte[]) Read(NpgsqlDataReader row) =>
            (row.GetFieldValue<byte[]>(0), row.GetFieldValue<byte[]>(1));
    }
}

/// <param name="Json">Its descriptor.</param>
/// <param name="GroupCount">Channel groups that have samples.</param>
internal sealed record ContentStream(long Id, string Json, int GroupCount);

/// <param name="Json">Name, uid and definition.</param>
internal sealed record ContentDataset(long Id, string Json);
