using Dendrite.Storage.Records;

namespace Dendrite.Storage.Merging;

/// <summary>Samples of one stream that both sides wrote beyond the base.</summary>
/// <param name="FirstSample">Where both begin to have samples.</param>
/// <param name="EndSample">After the last sample that both have.</param>
public sealed record StreamOverlap(long StreamId, long FirstSample, long EndSample);

/// <summary>A stream that a side appended to, and over how many ticks.</summary>
public sealed record StreamGrowth(long StreamId, long Samples);

/// <summary>
/// Finds where both sides of a merge appended to one stream, from the log of appends alone: its cost follows the number
/// of appends beyond the base, and no block is read unless two meet. Thread-safe.
/// </summary>
public sealed class StreamOverlaps(PlatformDatabase database)
{
    private static string Moved(string side) =>
        $"""
            SELECT moved.stream_id, min(moved.first_sample) AS first_sample, max(moved.next_sample) AS next_sample,
                max(ends.last_end) AS last_end
            FROM branching.diverged(@{side}_lines, @{side}_bases, @{side}_tops)
                AS beyond (timeline_id, base_version, top_version)
            JOIN signals.append AS moved ON moved.project_id = @project AND moved.timeline_id = beyond.timeline_id
                AND moved.version > beyond.base_version AND moved.version <= beyond.top_version
            CROSS JOIN LATERAL (SELECT max(g) AS last_end FROM unnest(moved.group_ends) AS g) AS ends
            GROUP BY moved.stream_id
            """;

    /// <summary>
    /// Streams that both sides appended to over ranges that meet. Ranges are those of the appends, so they may be wider
    /// than the blocks. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<StreamOverlap>> ListAsync(DivergedView view, CancellationToken cancellationToken)
    {
        await using var batch = view.CreateBatch(database);
        var command = batch.Add(
            $"""
            SELECT source.stream_id, greatest(source.first_sample, target.first_sample),
                least(greatest(source.next_sample, source.last_end), greatest(target.next_sample, target.last_end))
            FROM ({Moved("source")}) AS source JOIN ({Moved("target")}) AS target USING (stream_id)
            WHERE greatest(source.first_sample, target.first_sample)
                < least(greatest(source.next_sample, source.last_end), greatest(target.next_sample, target.last_end))
            ORDER BY source.stream_id
            """
        );
        DivergedRecords.Bind(command, view);
        return await batch.ReadRowsAsync(
            row => new StreamOverlap(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)),
            cancellationToken
        );
    }

    /// <summary>What a side appended beyond the base, stream by stream. One round trip.</summary>
    public async Task<IReadOnlyList<StreamGrowth>> ListGrowthAsync(
        DivergedView view,
        DivergedSides side,
        CancellationToken cancellationToken
    )
    {
        await using var batch = view.CreateBatch(database);
        var command = batch.Add(
            $"""
            SELECT stream_id, greatest(next_sample, last_end) - first_sample FROM 
            ({Moved(side == DivergedSides.Source ? "source" : "target")}) AS moved
            ORDER BY stream_id
            """
        );
        DivergedRecords.Bind(command, view);
        return await batch.ReadRowsAsync(row => new StreamGrowth(row.GetInt64(0), row.GetInt64(1)), cancellationToken);
    }
}
