using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>What ends a stream and what opens one must agree on, whichever comes first.</summary>
internal static class WriterRows
{
    /// <summary>
    /// Whether the stream is there and takes more, as the timeline sees it now: one row, or none. Comes behind the
    /// claim of the stream, for whoever ends it fences its writer: that came before this, or it finds the claim.
    /// </summary>
    public static void AddLookIfOpen(ProjectBatch batch, ProjectId project, TimelineId timeline, long streamId) =>
        batch
            .Add(
                """
                SELECT NOT newest.deleted AND NOT newest.finished
                FROM (
                    SELECT array_agg(owner_timeline_id) AS owners, array_agg(through_version) AS through
                    FROM branching.vector_at_head(@timeline)
                ) AS head
                CROSS JOIN LATERAL (
                    SELECT known.deleted, known.finished
                    FROM signals.seen(@stream, head.owners, head.through) AS seen (timeline_id, through)
                    JOIN signals.stream AS known ON known.project_id = @project
                        AND known.timeline_id = seen.timeline_id AND known.version <= seen.through
                        AND known.stream_id = @stream
                    ORDER BY known.version DESC
                    LIMIT 1
                ) AS newest
                """
            )
            .With("project", project.Value)
            .With("timeline", timeline.Value)
            .With("stream", streamId);

    /// <summary>
    /// Takes the stream from whoever writes it, or is about to: who is just opening it meets the row that is made here,
    /// and then looks whether the stream still is there. For the transaction that ends the stream. What epoch a row
    /// begins with, the database says (migration 0164).
    /// </summary>
    public static void AddFence(ProjectBatch batch, ProjectId project, TimelineId timeline, SignalStream stream) =>
        batch
            .Add(
                """
                INSERT INTO signals.writer AS held (project_id, timeline_id, stream_id, epoch, group_ends, open_until)
                VALUES (@project, @timeline, @stream, 1, @ends, now())
                ON CONFLICT (project_id, timeline_id, stream_id) DO UPDATE
                SET epoch = held.epoch + 1, open_until = now(), writer = ''
                """
            )
            .With("project", project.Value)
            .With("timeline", timeline.Value)
            .With("stream", stream.StreamId)
            .With("ends", new long[stream.Descriptor.Groups.Count]);
}
