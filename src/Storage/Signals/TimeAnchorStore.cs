using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Reads time anchors through a snapshot. Thread-safe.</summary>
public sealed class TimeAnchorStore(PlatformDatabase database)
{
    /// <summary>
    /// How many anchors that a snapshot does not see are stepped over behind the samples that it sees of a timeline: an
    /// anchor may come before its sample, and no more later ones than this come between two that did.
    /// </summary>
    private const int MaxUnseen = 100;

    /// <summary>A page of the anchors, by sample, the newest one of each sample. One round trip.</summary>
    /// <param name="project">The tenant.</param>
    /// <param name="snapshot">What may be seen.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="afterSample">The last sample of the page before; -1 for the first page.</param>
    /// <param name="count">At most this many.</param>
    /// <param name="cancellation">Stops the query.</param>
    public async Task<IReadOnlyList<StreamTimeAnchor>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        long afterSample,
        int count,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT DISTINCT ON (anchor.sample_index) anchor.sample_index, anchor.instant_ns,
                    anchor.device_seconds, anchor.clock_offset_seconds, anchor.uncertainty_seconds
                FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                JOIN signals.time_anchor AS anchor ON anchor.project_id = @project
                    AND anchor.timeline_id = seen.timeline_id AND anchor.version <= seen.through
                    AND anchor.stream_id = @stream
                WHERE anchor.sample_index > @after
                ORDER BY anchor.sample_index, anchor.version DESC
                LIMIT @count
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("after", afterSample)
            .With("count", count)
            .With(snapshot);
        return await batch.ReadRowsAsync(Read, cancellation);
    }

    /// <summary>
    /// For each of some samples the last anchor that is not behind it and the first one that is. One round trip, and
    /// in it two looks into the index for each sample and timeline.
    /// </summary>
    /// <remarks>
    /// The index goes by sample, so what a timeline's anchors came to after the snapshot lies where they are looked
    /// for, behind the last that is seen: that is found once, not far behind the timeline's end in the snapshot, and no
    /// look goes beyond it, however long the parent of a fork recorded on.
    /// </remarks>
    /// <param name="project">The tenant.</param>
    /// <param name="snapshot">What may be seen.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="samples">Ascending.</param>
    /// <param name="cancellation">Stops the query.</param>
    /// <returns>In the order of the samples.</returns>
    public async Task<IReadOnlyList<(AnchoredSample? Before, AnchoredSample? After)>> FindAroundAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        long[] samples,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project).Use(PlannerSettings.InOrder);
        batch
            .Add(
                $"""
                WITH line AS MATERIALIZED ({LineSql("@stream")})
                SELECT before.sample_index, before.instant_ns, after.sample_index, after.instant_ns
                FROM unnest(@samples) WITH ORDINALITY AS probe (sample, place)
                LEFT JOIN LATERAL ({NearestSql("<=", "DESC", "@stream", "probe.sample")}) AS before ON true
                LEFT JOIN LATERAL ({NearestSql(">", "ASC", "@stream", "probe.sample")}) AS after ON true
                ORDER BY probe.place
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("samples", samples)
            .With(snapshot);
        return await batch.ReadRowsAsync(row => (ReadPlace(row, 0), ReadPlace(row, 2)), cancellation);
    }

    /// <summary>
    /// As the other one, of one sample each of many streams. One round trip, and in it for each stream and timeline one
    /// look into an index, or a few where it has anchors.
    /// </summary>
    /// <param name="project">The tenant.</param>
    /// <param name="snapshot">What may be seen.</param>
    /// <param name="places">Streams and their samples.</param>
    /// <param name="cancellation">Stops the query.</param>
    /// <returns>In the order of the streams.</returns>
    public async Task<IReadOnlyList<(AnchoredSample? Before, AnchoredSample? After)>> FindAroundAsync(
        ProjectId project,
        Snapshot snapshot,
        IReadOnlyList<(long StreamId, long Sample)> places,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project).Use(PlannerSettings.InOrder);
        batch
            .Add(
                $"""
                SELECT about.before_sample, about.before_ns, about.after_sample, about.after_ns
                FROM unnest(@streams, @samples) WITH ORDINALITY AS asked (stream_id, sample, place)
                CROSS JOIN LATERAL (
                    WITH line AS MATERIALIZED ({LineSql("asked.stream_id")})
                    SELECT before.sample_index AS before_sample, before.instant_ns AS before_ns,
                        after.sample_index AS after_sample, after.instant_ns AS after_ns
                    FROM (SELECT 1) AS one
                    LEFT JOIN LATERAL ({NearestSql("<=", "DESC", "asked.stream_id", "asked.sample")}) AS before ON true
                    LEFT JOIN LATERAL ({NearestSql(">", "ASC", "asked.stream_id", "asked.sample")}) AS after ON true
                ) AS about
                ORDER BY asked.place
                """
            )
            .With("project", project.Value)
            .With("streams", places.Select(place => place.StreamId).ToArray())
            .With("samples", places.Select(place => place.Sample).ToArray())
            .With(snapshot);
        return await batch.ReadRowsAsync(row => (ReadPlace(row, 0), ReadPlace(row, 2)), cancellation);
    }

    /// <summary>
    /// What is seen of each timeline that has anchors, and its last anchor there. Where the stream ended then is asked
    /// of all that the timeline saw: its anchors may lie on samples that a merge brought, which it never recorded.
    /// </summary>
    private static string LineSql(string stream) =>
        $"""
            SELECT seen.timeline_id, seen.through, newest.last
            FROM (
                -- Most timelines have no anchor of a stream: nothing else is asked of them.
                SELECT held.timeline_id, held.through
                FROM signals.seen({stream}, @owners, @through) AS held (timeline_id, through)
                CROSS JOIN LATERAL (
                    SELECT FROM signals.time_anchor AS anchor
                    WHERE anchor.project_id = @project AND anchor.timeline_id = held.timeline_id
                        AND anchor.stream_id = {stream}
                    LIMIT 1
                ) AS anchored
                OFFSET 0
            ) AS seen
            LEFT JOIN LATERAL (
                SELECT max(group_end) AS next_sample
                FROM (
                    SELECT array_agg(own.owner_timeline_id) AS owners, array_agg(own.through_version) AS through
                    FROM branching.vector_as_of(seen.timeline_id, seen.through) AS own
                ) AS stood
                CROSS JOIN LATERAL signals.seen({stream}, stood.owners, stood.through) AS part (timeline_id, through)
                CROSS JOIN LATERAL (
                    SELECT append.group_ends
                    FROM signals.append
                    WHERE append.project_id = @project AND append.timeline_id = part.timeline_id
                        AND append.stream_id = {stream} AND append.version <= part.through
                    ORDER BY append.version DESC
                    LIMIT 1
                ) AS newest_append
                CROSS JOIN LATERAL unnest(newest_append.group_ends) AS group_end
            ) AS reached ON true
            LEFT JOIN LATERAL (
                SELECT anchor.sample_index
                FROM signals.time_anchor AS anchor
                WHERE anchor.project_id = @project AND anchor.timeline_id = seen.timeline_id
                    AND anchor.stream_id = {stream} AND anchor.version > seen.through
                    AND anchor.sample_index > reached.next_sample
                ORDER BY anchor.sample_index
                OFFSET {MaxUnseen}
                LIMIT 1
            ) AS unseen ON true
            CROSS JOIN LATERAL (
                SELECT anchor.sample_index AS last
                FROM signals.time_anchor AS anchor
                WHERE anchor.project_id = @project AND anchor.timeline_id = seen.timeline_id
                    AND anchor.stream_id = {stream} AND anchor.version <= seen.through
                    AND anchor.sample_index <= coalesce(unseen.sample_index, {long.MaxValue})
                ORDER BY anchor.sample_index DESC
                LIMIT 1
            ) AS newest
            """;

    /// <summary>Each timeline's nearest first, and of those the nearest, so that each is one look into the
    /// index.</summary>
    private static string NearestSql(string side, string order, string stream, string sample) =>
        $"""
            SELECT nearest.sample_index, nearest.instant_ns
            FROM line
            CROSS JOIN LATERAL (
                SELECT anchor.sample_index, anchor.instant_ns, anchor.version
                FROM signals.time_anchor AS anchor
                WHERE anchor.project_id = @project AND anchor.timeline_id = line.timeline_id
                    AND anchor.stream_id = {stream} AND anchor.version <= line.through
                    AND anchor.sample_index {side} {sample} AND anchor.sample_index <= line.last
                ORDER BY anchor.sample_index {order}, anchor.version DESC
                LIMIT 1
            ) AS nearest
            ORDER BY nearest.sample_index {order}, nearest.version DESC
            LIMIT 1
            """;

    private static AnchoredSample? ReadPlace(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : new(row.GetInt64(column), row.GetInt64(column + 1));

    private static StreamTimeAnchor Read(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1))
        {
            DeviceSeconds = row.IsDBNull(2) ? null : row.GetDouble(2),
            ClockOffsetSeconds = row.IsDBNull(3) ? null : row.GetDouble(3),
            UncertaintySeconds = row.IsDBNull(4) ? null : row.GetDouble(4),
        };
}
