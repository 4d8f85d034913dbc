using System.Runtime.CompilerServices;
using Dendrite.Storage.Records;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Reads masks through a snapshot. Thread-safe.</summary>
public sealed class MaskStore(PlatformDatabase database)
{
    /// <summary>
    /// Most masks that one stream is given in a branch; after merges it may have more, and all of them hide. Where more
    /// is bad than good, a stream of the good parts is what helps.
    /// </summary>
    public const int MaxMasks = 10_000;

    /// <summary>Masks fetched in one round trip, which looks at all of the stream: nearly always all of them.</summary>
    private const int PageMasks = 10_000;

    /// <summary>
    /// All masks that touch the samples, by first sample, then id. They come in pages, and between two pages no
    /// connection is held. One round trip for each 10,000.
    /// </summary>
    public async IAsyncEnumerable<SampleMask> ReadAsync(
        RecordView view,
        long streamId,
        SampleRange samples,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        MaskKey? after = null;
        while (true)
        {
            var page = await ListAsync(view, streamId, samples, after, PageMasks, cancellation);
            foreach (var mask in page)
            {
                yield return mask;
            }

            if (page.Count < PageMasks)
            {
                yield break;
            }

            after = new(page[^1].Range.Start, page[^1].Id);
        }
    }

    /// <summary>A page of the masks that touch the samples, by first sample, then id. One round trip.</summary>
    /// <param name="view">What may be seen.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="samples">Which samples.</param>
    /// <param name="after">The last mask of the page before; null for the first page.</param>
    /// <param name="count">At most this many.</param>
    /// <param name="cancellation">Stops the query.</param>
    public async Task<IReadOnlyList<SampleMask>> ListAsync(
        RecordView view,
        long streamId,
        SampleRange samples,
        MaskKey? after,
        int count,
        CancellationToken cancellation
    )
    {
        await using var batch = view.CreateBatch(database);
        // A mask that was taken back and put again hides what it hid at first: its first row says from when on.
        batch
            .Add(
                """
                WITH newest AS (
                    SELECT DISTINCT ON (mask.mask_id) mask.*,
                        min(mask.version) OVER (PARTITION BY mask.mask_id) AS since
                    FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                    JOIN signals.mask ON mask.project_id = @project
                        AND mask.timeline_id = seen.timeline_id AND mask.version <= seen.through
                        AND mask.stream_id = @stream
                    ORDER BY mask.mask_id, mask.version DESC
                )
                SELECT mask_id, first_sample, end_sample, channels, reason, since
                FROM newest
                WHERE NOT deleted AND first_sample < @end AND end_sample > @start
                    AND (first_sample, mask_id) > (@after_sample, @after_id)
                ORDER BY first_sample, mask_id
                LIMIT @count
                """
            )
            .With("project", view.Project.Value)
            .With("stream", streamId)
            .With("start", samples.Start)
            .With("end", samples.End)
            .With("after_sample", after?.FirstSample ?? -1L)
            .With("after_id", after?.Id ?? Guid.Empty)
            .With("count", count)
            .With(view.Snapshot);
        return await batch.ReadRowsAsync(Read, cancellation);
    }

    private static SampleMask Read(NpgsqlDataReader row) =>
        new(
            row.GetGuid(0),
            new(row.GetInt64(1), row.GetInt64(2)),
            row.GetFieldValue<string[]>(3),
            row.GetString(4),
            new(row.GetInt64(5))
        );
}

/// <summary>Where a mask stands in a list of masks.</summary>
public readonly record struct MaskKey(long FirstSample, Guid Id);
