using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.History;

/// <summary>
/// Proves of every stream that a snapshot sees that nothing is lost in silence: each sample index below the end of each
/// channel group is in a block, or in a gap with its cause. Thread-safe.
/// </summary>
public sealed class LedgerStore(PlatformDatabase database)
{
    /// <summary>
    /// The first run of samples that is in neither; null where there is none. One round trip; reads where every block
    /// lies, and no payload.
    /// </summary>
    public async Task<LedgerHole?> FindHoleAsync(
        ProjectId project,
        Snapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch.Add(Holes).With(snapshot).With("project", project.Value);
        return await batch.ReadRowAsync(Read, cancellationToken);
    }

    // Both sides of a merge may hold the same samples, so pieces overlap: what counts is how far all before one reach.
    private const string Holes = $"""
        WITH log AS (
            SELECT a.stream_id, a.version, ends.place::int - 1 AS channel_group, ends.group_end
            FROM {SnapshotSql.Seen}
            JOIN signals.append a ON a.project_id = @project AND a.timeline_id = seen.timeline_id
                AND a.version <= seen.through_version
            CROSS JOIN LATERAL unnest(a.group_ends) WITH ORDINALITY AS ends (group_end, place)
        ), reach AS (
            SELECT stream_id, channel_group, max(group_end) AS end_sample FROM log GROUP BY stream_id, channel_group
        ), piece AS (
            SELECT b.stream_id, b.channel_group, b.first_sample, b.first_sample + b.sample_count AS end_sample
            FROM {SnapshotSql.Seen}
            JOIN signals.block b ON b.project_id = @project AND b.timeline_id = seen.timeline_id
                AND b.version <= seen.through_version
            UNION ALL
            SELECT g.stream_id, reach.channel_group, g.first_sample, g.first_sample + g.sample_count
            FROM {SnapshotSql.Seen}
            JOIN signals.gap g ON g.project_id = @project AND g.timeline_id = seen.timeline_id
                AND g.version <= seen.through_version
            JOIN reach ON reach.stream_id = g.stream_id AND g.channel_group IN (-1, reach.channel_group)
            UNION ALL
            SELECT stream_id, channel_group, end_sample, end_sample FROM reach
        ), hole AS (
            SELECT * FROM (
                SELECT *, coalesce(max(end_sample) OVER (
                    PARTITION BY stream_id, channel_group ORDER BY first_sample, end_sample
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS reached
                FROM piece
            ) AS placed
            WHERE first_sample > reached
            ORDER BY stream_id, channel_group, first_sample
            LIMIT 1
        )
        SELECT hole.channel_group, hole.reached, hole.first_sample,
            (SELECT s.name FROM signals.stream s WHERE s.project_id = @project AND s.stream_id = hole.stream_id
             ORDER BY s.version DESC LIMIT 1),
            (SELECT min(log.version) FROM log WHERE log.stream_id = hole.stream_id
                AND log.channel_group = hole.channel_group AND log.group_end > hole.reached)
        FROM hole
        """;

    private static LedgerHole Read(NpgsqlDataReader row) =>
        new(row.GetString(3), row.GetInt32(0), new(row.GetInt64(1), row.GetInt64(2)), new(row.GetInt64(4)));
}

/// <summary>Samples of which nothing is known.</summary>
/// <param name="Stream">Name of the stream.</param>
/// <param name="Version">The commit that says that they were stored, or declared a gap.</param>
public sealed record LedgerHole(string Stream, int ChannelGroup, SampleRange Samples, CommitVersion Version);
