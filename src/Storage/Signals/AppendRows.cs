using Dendrite.Signals.Blocks;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Signals;

/// <summary>The rows that one append writes. Positional parameters: these statements run once for each block.</summary>
internal static class AppendRows
{
    /// <summary>
    /// SQL for what the branch sees of the stream: beside the timeline's own newest row there may be a later one that a
    /// merge brought, over which the same has to be said again. Looked at only where the own row says what is sent.
    /// </summary>
    private const string Seen = """
        (
            SELECT array_agg(owner_timeline_id) AS owners, array_agg(through_version) AS through
            FROM branching.vector_at_head($2)
        ) AS head
        CROSS JOIN LATERAL signals.seen($4, head.owners, head.through) AS seen (timeline_id, through)
        """;

    public static void Add(ProjectBatch batch, RowOwner owner, StreamAppend append, StreamTotals totals)
    {
        if (append.MovesStream)
        {
            batch.Add(LogEntry(owner, append, totals));
        }

        foreach (var block in append.Blocks)
        {
            batch.Add(Block(owner, append.StreamId, block));
        }

        foreach (var gap in append.Gaps)
        {
            batch.Add(Gap(owner, append.StreamId, gap));
        }

        foreach (var anchor in append.Anchors.Stored())
        {
            batch.Add(Anchor(owner, append.StreamId, anchor));
        }

        foreach (var annotation in append.Annotations.Stored())
        {
            batch.Add(Annotation(owner, append.StreamId, annotation));
        }
    }

    /// <summary>Where one commit says two things of one anchor, the later one counts.</summary>
    public static IEnumerable<StreamTimeAnchor> Stored(this IEnumerable<StreamTimeAnchor> anchors) =>
        anchors.Reverse().DistinctBy(anchor => anchor.Sample);

    /// <summary>The same of annotations.</summary>
    public static IEnumerable<StreamAnnotation> Stored(this IEnumerable<StreamAnnotation> annotations) =>
        annotations.Reverse().DistinctBy(annotation => annotation.Id);

    private static NpgsqlBatchCommand LogEntry(RowOwner owner, StreamAppend append, StreamTotals totals) =>
        owner
            .NewRow(
                """
                INSERT INTO signals.append
                    (project_id, timeline_id, version, stream_id,
                     first_sample, next_sample, group_ends, stored_bytes, missing_samples)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """
            )
            .Bind(append.StreamId)
            .Bind(append.FirstSample)
            .Bind(append.NextSample)
            .Bind(append.GroupEnds.ToArray())
            .Bind(totals.StoredBytes)
            .Bind(totals.MissingSamples);

    private static NpgsqlBatchCommand Block(RowOwner owner, long streamId, NewBlock block) =>
        owner
            .NewRow(
                """
                INSERT INTO signals.block
                    (project_id, timeline_id, version, stream_id, channel_group, first_sample, sample_count,
                     format, checksum, sample_digest, summary, payload, metadata)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                """
            )
            .Bind(streamId)
            .Bind(block.ChannelGroup)
            .Bind(block.FirstSample)
            .Bind(block.Header.SampleCount)
            .Bind((short)BlockHeader.Version)
            .Bind((int)block.Header.Checksum)
            .Bind(block.SampleDigest)
            .Bind(block.Summary)
            .Bind(block.Payload)
            .Bind(block.MetadataJson, NpgsqlDbType.Jsonb);

    private static NpgsqlBatchCommand Gap(RowOwner owner, long streamId, SampleGap gap) =>
        owner
            .NewRow(
                """
                INSERT INTO signals.gap
                    (project_id, timeline_id, version, stream_id,
                     first_sample, sample_count, channel_group, cause, note)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                """
            )
            .Bind(streamId)
            .Bind(gap.Range.Start)
            .Bind(gap.Range.Count)
            .Bind(gap.ChannelGroup ?? -1)
            .Bind((short)gap.Cause)
            .Bind(gap.Note);

    /// <summary>An anchor sent again is the same row; the same sample with another instant replaces it.</summary>
    private static NpgsqlBatchCommand Anchor(RowOwner owner, long streamId, StreamTimeAnchor anchor) =>
        owner
            .NewRow(
                $"""
                INSERT INTO signals.time_anchor
                    (project_id, timeline_id, version, stream_id, sample_index,
                     instant_ns, device_seconds, clock_offset_seconds, uncertainty_seconds)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9
                WHERE NOT EXISTS (
                    SELECT FROM (
                        SELECT version, instant_ns, device_seconds, clock_offset_seconds, uncertainty_seconds
                        FROM signals.time_anchor
                        WHERE project_id = $1 AND timeline_id = $2 AND stream_id = $4 AND sample_index = $5
                        ORDER BY version DESC LIMIT 1) AS newest
                    WHERE (newest.instant_ns, newest.device_seconds, newest.clock_offset_seconds,
                           newest.uncertainty_seconds) IS NOT DISTINCT FROM ($6, $7, $8, $9)
                        AND NOT EXISTS (
                            SELECT FROM {Seen}
                            JOIN signals.time_anchor AS later ON later.project_id = $1
                                AND later.timeline_id = seen.timeline_id AND later.stream_id = $4
                                AND later.sample_index = $5
                                AND later.version > newest.version AND later.version <= seen.through))
                """
            )
            .Bind(streamId)
            .Bind(anchor.Sample)
            .Bind(anchor.InstantNs)
            .Bind(anchor.DeviceSeconds, NpgsqlDbType.Double)
            .Bind(anchor.ClockOffsetSeconds, NpgsqlDbType.Double)
            .Bind(anchor.UncertaintySeconds, NpgsqlDbType.Double);

    /// <summary>An annotation sent again is the same row; with other content it replaces the one before.</summary>
    private static NpgsqlBatchCommand Annotation(RowOwner owner, long streamId, StreamAnnotation annotation) =>
        owner
            .NewRow(
                $"""
                INSERT INTO signals.annotation
                    (project_id, timeline_id, version, stream_id, annotation_id, start_sample, onset_ns, duration_ns,
                     text, category, channels, metadata, deleted)
                SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
                WHERE NOT EXISTS (
                    SELECT FROM (
                        SELECT version, start_sample, onset_ns, duration_ns, text, category, channels, metadata, deleted
                        FROM signals.annotation
                        WHERE project_id = $1 AND timeline_id = $2 AND stream_id = $4 AND annotation_id = $5
                        ORDER BY version DESC LIMIT 1) AS newest
                    WHERE (newest.start_sample, newest.onset_ns, newest.duration_ns, newest.text, newest.category,
                           newest.channels, newest.metadata, newest.deleted)
                        IS NOT DISTINCT FROM ($6, $7, $8, $9, $10, $11, $12, $13)
                        AND NOT EXISTS (
                            SELECT FROM {Seen}
                            JOIN signals.annotation AS later ON later.project_id = $1
                                AND later.timeline_id = seen.timeline_id AND later.stream_id = $4
                                AND later.annotation_id = $5
                                AND later.version > newest.version AND later.version <= seen.through))
                """
            )
            .Bind(streamId)
            .Bind(annotation.Id)
            .Bind(annotation.StartSample)
            .Bind(annotation.OnsetNs, NpgsqlDbType.Bigint)
            .Bind(annotation.DurationNs, NpgsqlDbType.Bigint)
            .Bind(annotation.Text)
            .Bind(annotation.Category)
            .Bind(annotation.Channels.ToArray())
            .Bind(annotation.MetadataJson, NpgsqlDbType.Jsonb)
            .Bind(annotation.Deleted);
}
