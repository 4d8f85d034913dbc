using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Reads annotations through a snapshot. Thread-safe.</summary>
public sealed class AnnotationStore(PlatformDatabase database)
{
    /// <summary>
    /// A page of the live annotations, by start sample, then id. One round trip; cost follows the stream's
    /// annotations.
    /// </summary>
    /// <param name="project">The tenant.</param>
    /// <param name="snapshot">What may be seen.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="after">The last annotation of the page before; null for the first page.</param>
    /// <param name="count">At most this many.</param>
    /// <param name="cancellation">Stops the query.</param>
    public async Task<IReadOnlyList<StreamAnnotation>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        AnnotationKey? after,
        int count,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                WITH newest AS (
                    SELECT DISTINCT ON (annotation.annotation_id) annotation.*
                    FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                    JOIN signals.annotation ON annotation.project_id = @project
                        AND annotation.timeline_id = seen.timeline_id AND annotation.version <= seen.through
                        AND annotation.stream_id = @stream
                    ORDER BY annotation.annotation_id, annotation.version DESC
                )
                SELECT annotation_id, start_sample, text, onset_ns, duration_ns, category, channels, metadata, version
                FROM newest
                WHERE NOT deleted AND (start_sample, annotation_id) > (@after_sample, @after_id)
                ORDER BY start_sample, annotation_id
                LIMIT @count
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("after_sample", after?.StartSample ?? long.MinValue)
            .With("after_id", after?.Id ?? Guid.Empty)
            .With("count", count)
            .With(snapshot);
        return await batch.ReadRowsAsync(Read, cancellation);
    }

    private static StreamAnnotation Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetInt64(1), row.GetString(2))
        {
            OnsetNs = row.IsDBNull(3) ? null : row.GetInt64(3),
            DurationNs = row.IsDBNull(4) ? null : row.GetInt64(4),
            Category = row.GetString(5),
            Channels = row.GetFieldValue<string[]>(6),
            MetadataJson = row.GetString(7),
            Version = new(row.GetInt64(8)),
        };
}

/// <summary>Where an annotation stands in a list of annotations.</summary>
public readonly record struct AnnotationKey(long StartSample, Guid Id);
