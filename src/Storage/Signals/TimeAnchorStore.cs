using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Reads time anchors through a snapshot. Thread-safe.</summary>
public sealed class TimeAnchorStore(PlatformDatabase database)
{
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

    private static StreamTimeAnchor Read(NpgsqlDataReader row) =>
        new(row.GetInt64(0), row.GetInt64(1))
        {
            DeviceSeconds = row.IsDBNull(2) ? null : row.GetDouble(2),
            ClockOffsetSeconds = row.IsDBNull(3) ? null : row.GetDouble(3),
            UncertaintySeconds = row.IsDBNull(4) ? null : row.GetDouble(4),
        };
}
