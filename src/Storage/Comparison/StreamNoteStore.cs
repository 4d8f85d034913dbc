using Dendrite.Storage.Signals;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Comparison;

/// <summary>
/// Compares what lies beside the samples of two streams: annotations and time anchors. Thread-safe.
/// </summary>
public sealed class StreamNoteStore(PlatformDatabase database)
{
    /// <summary>
    /// Whether two streams differ in what lies beside their samples, by content and not by who wrote it. One round
    /// trip. Of a stream that both sides see, only what was written beyond their base is looked at; of two streams,
    /// all.
    /// </summary>
    public async Task<NoteDifference> CompareAsync(
        ProjectId project,
        (Snapshot Snapshot, SignalStream Stream) from,
        (Snapshot Snapshot, SignalStream Stream) to,
        CancellationToken cancellation
    )
    {
        var isShared = from.Stream.StreamId == to.Stream.StreamId;
        var mergeBase = Snapshot.Base(from.Snapshot, to.Snapshot);
        var diverged = Divergence.Of(from.Snapshot, mergeBase).And(Divergence.Of(to.Snapshot, mergeBase));
        await using var batch = database.CreateBatch(project);
        foreach (var (snapshot, stream) in new[] { from, to })
        {
            var command = batch
                .Add(isShared ? Beyond : All)
                .With("project", project.Value)
                .With("stream", stream.StreamId)
                .With(snapshot);
            if (isShared)
            {
                diverged.AddTo(command);
            }
        }

        return await batch.ReadAsync(
            async (reader, token) =>
            {
                var old = await ReadAsync(reader, token);
                await reader.NextResultAsync(token);
                var current = await ReadAsync(reader, token);
                return new NoteDifference(old.Annotations != current.Annotations, old.Anchors != current.Anchors);
            },
            cancellation
        );
    }

    private static readonly string All = DigestsOf("true", "true");

    private static readonly string Beyond = DigestsOf(
        $"known.annotation_id IN (SELECT changed.annotation_id {ChangedIn("annotation")})",
        $"known.sample_index IN (SELECT changed.sample_index {ChangedIn("time_anchor")})"
    );

    private static string ChangedIn(string table) =>
        $"""
            FROM signals.diverged(@stream, @diverged, @bases, @tops) AS beyond (timeline_id, base, top)
            JOIN signals.{table} AS changed ON changed.project_id = @project
                AND changed.timeline_id = beyond.timeline_id AND changed.stream_id = @stream
                AND changed.version > beyond.base AND changed.version <= beyond.top
            """;

    /// <summary>SHA-256 of the live annotations and of the anchors that a side sees, in an order of their
    /// content.</summary>
    private static string DigestsOf(string annotations, string anchors) =>
        $"""
            WITH seen AS MATERIALIZED (
                SELECT timeline_id, through FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
            ),
            annotation AS (
                SELECT DISTINCT ON (known.annotation_id) known.deleted,
                    (known.start_sample, known.onset_ns, known.duration_ns, known.text, known.category,
                        known.channels, known.metadata)::text COLLATE "C" AS content
                FROM seen JOIN signals.annotation AS known ON known.project_id = @project
                    AND known.timeline_id = seen.timeline_id AND known.version <= seen.through
                    AND known.stream_id = @stream
                WHERE {annotations}
                ORDER BY known.annotation_id, known.version DESC
            ),
            anchor AS (
                SELECT DISTINCT ON (known.sample_index)
                    (known.sample_index, known.instant_ns, known.device_seconds, known.clock_offset_seconds,
                        known.uncertainty_seconds)::text COLLATE "C" AS content
                FROM seen JOIN signals.time_anchor AS known ON known.project_id = @project
                    AND known.timeline_id = seen.timeline_id AND known.version <= seen.through
                    AND known.stream_id = @stream
                WHERE {anchors}
                ORDER BY known.sample_index, known.version DESC
            )
            SELECT
                (SELECT encode(sha256(convert_to(string_agg(content, E'\n' ORDER BY content), 'UTF8')), 'hex')
                    FROM annotation WHERE NOT deleted),
                (SELECT encode(sha256(convert_to(string_agg(content, E'\n' ORDER BY content), 'UTF8')), 'hex')
                    FROM anchor)
            """;

    /// <summary>Each null where there are none.</summary>
    private static async Task<(string? Annotations, string? Anchors)> ReadAsync(
        NpgsqlDataReader reader,
        CancellationToken cancellation
    )
    {
        await reader.ReadAsync(cancellation);
        return (reader.IsDBNull(0) ? null : reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1));
    }
}

/// <summary>What beside the samples differs between two streams.</summary>
public readonly record struct NoteDifference(bool Annotations, bool TimeAnchors);
