using System.Runtime.CompilerServices;
using Dendrite.Storage.Filtering;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

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
    /// <param name="query">Which annotations of which stream.</param>
    /// <param name="cancellation">Stops the query.</param>
    public async Task<IReadOnlyList<StreamAnnotation>> ListAsync(
        ProjectId project,
        Snapshot snapshot,
        AnnotationQuery query,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = RowConditionSql
            .AddTo(
                batch,
                query.Filter,
                filter =>
                    $"""
                        WITH newest AS (
                            SELECT DISTINCT ON (annotation.annotation_id) annotation.*
                            FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                            JOIN signals.annotation ON annotation.project_id = @project
                                AND annotation.timeline_id = seen.timeline_id AND annotation.version <= seen.through
                                AND annotation.stream_id = @stream
                            ORDER BY annotation.annotation_id, annotation.version DESC
                        )
                        SELECT annotation_id, start_sample, text, onset_ns, duration_ns, category, channels, metadata,
                            version
                        FROM newest AS annotation
                        WHERE NOT deleted AND (start_sample, annotation_id) > (@after_sample, @after_id)
                            AND {query.NotBefore} AND {filter}
                        ORDER BY start_sample, annotation_id
                        LIMIT @count
                        """
            )
            .With("project", project.Value)
            .With(snapshot);
        query.AddTo(command);
        return await batch.ReadRowsAsync(Read, cancellation);
    }

    /// <summary>All that the query asks for, in pages of its limit; between two pages no connection is held.</summary>
    public async IAsyncEnumerable<StreamAnnotation> ReadAsync(
        ProjectId project,
        Snapshot snapshot,
        AnnotationQuery query,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        while (true)
        {
            var page = await ListAsync(project, snapshot, query, cancellation);
            foreach (var annotation in page)
            {
                yield return annotation;
            }

            if (page.Count < query.Limit)
            {
                yield break;
            }

            query = query with { After = new(page[^1].StartSample, page[^1].Id) };
        }
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

/// <summary>Which annotations to list.</summary>
/// <param name="StreamId">The stream.</param>
/// <param name="Limit">At most so many.</param>
public sealed record AnnotationQuery(long StreamId, int Limit)
{
    /// <summary>The last annotation of the page before; null for the first page.</summary>
    public AnnotationKey? After { get; init; }

    /// <summary>Over <see cref="AnnotationFields"/>.</summary>
    public RowCondition Filter { get; init; } = RowCondition.All();

    /// <summary>Only what was written, or written anew, since this sight of the branch; null: whenever.</summary>
    public Snapshot? Since { get; init; }

    internal string NotBefore =>
        Since is null
            ? "true"
            : """
                NOT EXISTS (
                    SELECT FROM signals.seen(@stream, @since_owners, @since_through) AS known (timeline_id, through)
                    WHERE known.timeline_id = annotation.timeline_id AND annotation.version <= known.through)
                """;

    internal void AddTo(NpgsqlBatchCommand command)
    {
        command
            .With("stream", StreamId)
            .With("after_sample", After?.StartSample ?? long.MinValue)
            .With("after_id", After?.Id ?? Guid.Empty)
            .With("count", Limit);
        if (Since is { } known)
        {
            command
                .With("since_owners", known.Entries.Select(entry => entry.Timeline.Value).ToArray())
                .With("since_through", known.Entries.Select(entry => entry.Through.Value).ToArray());
        }
    }
}

/// <summary>What lists of annotations are filtered by.</summary>
public static class AnnotationFields
{
    public static RowField Category { get; } = new("annotation.category", NpgsqlDbType.Text);

    public static RowField Text { get; } = new("annotation.text", NpgsqlDbType.Text);

    public static RowField StartSample { get; } = new("annotation.start_sample", NpgsqlDbType.Bigint);

    public static RowField Version { get; } = new("annotation.version", NpgsqlDbType.Bigint);

    /// <summary>Whether it names any channel: one that names none is about the whole stream.</summary>
    public static RowField NamesChannels { get; } = new("(annotation.channels <> '{}')", NpgsqlDbType.Boolean);

    /// <summary>Whether it names the channel.</summary>
    public static RowField Names(string channel) =>
        new("(@key = ANY (annotation.channels))", NpgsqlDbType.Boolean) { Key = channel };
}
