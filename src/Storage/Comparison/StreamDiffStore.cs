using System.Runtime.CompilerServices;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Comparison;

/// <summary>
/// Finds which streams two snapshots see differently, from what was written beyond their merge base and from nothing
/// else. Thread-safe.
/// </summary>
public sealed class StreamDiffStore(PlatformDatabase database)
{
    private readonly SignalStreamStore streams = new(database);

    /// <summary>Keys of blocks that come at once. Default 100,000: some 10 MB.</summary>
    public long PageBlocks { get; init; } = 100_000;

    /// <summary>
    /// The streams that either side wrote beyond the base, as each side sees them, and how many live streams neither
    /// touched. One round trip; the first part costs what diverged, the count one descriptor row for each stream.
    /// </summary>
    public async Task<TouchedStreams> FindTouchedAsync(
        ProjectId project,
        Snapshot from,
        Snapshot to,
        CancellationToken cancellation
    )
    {
        var mergeBase = Snapshot.Base(from, to);
        var diverged = Divergence.Of(from, mergeBase).And(Divergence.Of(to, mergeBase));
        await using var batch = database.CreateBatch(project);
        diverged.AddTo(AddStreams(batch, project, from, TouchedIds));
        diverged.AddTo(AddStreams(batch, project, to, TouchedIds));
        AddUntouchedCount(batch, project, to, diverged);
        return await batch.ReadAsync(ReadTouchedAsync, cancellation);
    }

    /// <summary>The live stream of that name as a side sees it; null where it has none. Two round trips.</summary>
    public async Task<TouchedStream?> FindAsync(
        ProjectId project,
        Snapshot side,
        string name,
        CancellationToken cancellation
    )
    {
        if (await streams.FindAsync(project, side, name, cancellation) is not { } stream)
        {
            return null;
        }

        await using var batch = database.CreateBatch(project);
        AddStreams(batch, project, side, "touched AS (SELECT @stream::bigint AS stream_id)")
            .With("stream", stream.StreamId);
        return (await batch.ReadAsync(ReadStreamsAsync, cancellation)).SingleOrDefault();
    }

    /// <summary>
    /// The blocks of a stream that one side has beyond the base of both, by channel group, then first sample. One round
    /// trip for each page of them; reads no payload and no block that both sides share.
    /// </summary>
    public async IAsyncEnumerable<BlockKey> ReadDivergedBlocksAsync(
        ProjectId project,
        Snapshot side,
        Snapshot otherSide,
        long streamId,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var diverged = Divergence.Of(side, Snapshot.Base(side, otherSide));
        IReadOnlyList<BlockKey> page;
        (int Group, long Sample) after = (-1, -1);
        do
        {
            page = await ListBlocksAsync(project, diverged, streamId, after, cancellation);
            foreach (var block in page)
            {
                yield return block;
                after = (block.ChannelGroup, block.FirstSample);
            }
        } while (page.Count >= PageBlocks);
    }

    private async Task<IReadOnlyList<BlockKey>> ListBlocksAsync(
        ProjectId project,
        Divergence diverged,
        long streamId,
        (int Group, long Sample) after,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        // The append log says from which sample on a timeline's blocks are newer than the base: positions only move
        // forward.
        var command = batch
            .Add(
                """
                SELECT block.channel_group, block.first_sample, block.sample_count, block.sample_digest
                FROM signals.diverged(@stream, @diverged, @bases, @tops) AS beyond (timeline_id, base, top)
                CROSS JOIN LATERAL (
                    SELECT min(append.first_sample) AS first_sample
                    FROM signals.append
                    WHERE append.project_id = @project AND append.timeline_id = beyond.timeline_id
                      AND append.stream_id = @stream AND append.version > beyond.base AND append.version <= beyond.top
                ) AS moved
                JOIN signals.block ON block.project_id = @project AND block.timeline_id = beyond.timeline_id
                    AND block.stream_id = @stream AND block.first_sample >= moved.first_sample
                    AND block.version > beyond.base AND block.version <= beyond.top
                    AND (block.channel_group, block.first_sample) > (@group, @sample)
                ORDER BY block.channel_group, block.first_sample
                FETCH FIRST @page ROWS WITH TIES
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("group", after.Group)
            .With("sample", after.Sample)
            .With("page", PageBlocks);
        diverged.AddTo(command);
        return await batch.ReadRowsAsync(ReadKey, cancellation);
    }

    /// <summary>
    /// Whether a snapshot has blocks of a stream behind a sample. One round trip; one index probe for each timeline and
    /// group.
    /// </summary>
    /// <param name="starts">By channel group; blocks that end after it count.</param>
    public async Task<bool> HoldsSamplesFromAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        IReadOnlyDictionary<int, long> starts,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT EXISTS (
                    SELECT FROM signals.seen(@stream, @owners, @through) AS seen (timeline_id, through)
                    CROSS JOIN unnest(@groups, @starts) AS wanted (channel_group, first_sample)
                    CROSS JOIN LATERAL (
                        SELECT block.first_sample + block.sample_count AS end_sample
                        FROM signals.block
                        WHERE block.project_id = @project AND block.timeline_id = seen.timeline_id
                          AND block.stream_id = @stream AND block.channel_group = wanted.channel_group
                          AND block.version <= seen.through
                        ORDER BY block.first_sample DESC
                        LIMIT 1
                    ) AS newest
                    WHERE newest.end_sample > wanted.first_sample
                )
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("groups", starts.Keys.ToArray())
            .With("starts", starts.Values.ToArray())
            .With(snapshot);
        return await batch.ReadAsync(
            async (reader, token) => await reader.ReadAsync(token) && reader.GetBoolean(0),
            cancellation
        );
    }

    /// <summary>
    /// The gaps of a stream that one side declared beyond the base of both, by first sample, and what its masks made to
    /// gaps. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<SampleGap>> ListDivergedGapsAsync(
        ProjectId project,
        Snapshot side,
        Snapshot otherSide,
        long streamId,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add(
                """
                SELECT gap.first_sample, gap.sample_count, gap.channel_group, gap.cause, gap.note, gap.version
                FROM signals.diverged(@stream, @diverged, @bases, @tops) AS beyond (timeline_id, base, top)
                JOIN signals.gap ON gap.project_id = @project AND gap.timeline_id = beyond.timeline_id
                    AND gap.stream_id = @stream AND gap.version > beyond.base AND gap.version <= beyond.top
                UNION ALL
                SELECT mask.first_sample, mask.end_sample - mask.first_sample, -1, @masked, mask.reason, mask.version
                FROM signals.diverged(@stream, @diverged, @bases, @tops) AS beyond (timeline_id, base, top)
                JOIN signals.mask ON mask.project_id = @project AND mask.timeline_id = beyond.timeline_id
                    AND mask.stream_id = @stream AND mask.version > beyond.base AND mask.version <= beyond.top
                    AND NOT mask.deleted
                ORDER BY first_sample, channel_group
                """
            )
            .With("project", project.Value)
            .With("stream", streamId)
            .With("masked", (short)GapCause.Masked);
        Divergence.Of(side, Snapshot.Base(side, otherSide)).AddTo(command);
        return await batch.ReadRowsAsync(GapStore.Read, cancellation);
    }

    private const string TouchedIds = """
        touched AS (
            SELECT DISTINCT changed.stream_id
            FROM branching.diverged(@diverged, @bases, @tops) AS beyond (timeline_id, base, top)
            CROSS JOIN LATERAL (
                SELECT stream_id FROM signals.append
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                  AND version > beyond.base AND version <= beyond.top
                UNION ALL
                SELECT stream_id FROM signals.mask
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                  AND version > beyond.base AND version <= beyond.top
                UNION ALL
                SELECT stream_id FROM signals.stream
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                  AND version > beyond.base AND version <= beyond.top
                UNION ALL
                SELECT stream_id FROM signals.annotation
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                  AND version > beyond.base AND version <= beyond.top
                UNION ALL
                SELECT stream_id FROM signals.time_anchor
                WHERE project_id = @project AND timeline_id = beyond.timeline_id
                  AND version > beyond.base AND version <= beyond.top
            ) AS changed
        )
        """;

    private static NpgsqlBatchCommand AddStreams(
        ProjectBatch batch,
        ProjectId project,
        Snapshot side,
        string touchedIds
    )
    {
        return batch
            .Add(
                $"""
                WITH {touchedIds}
                SELECT {DescriptorRows.Columns},
                    anchor.sample_index AS anchor_sample, anchor.instant_ns AS anchor_instant
                FROM touched CROSS JOIN LATERAL (
                    SELECT known.*
                    FROM signals.seen(touched.stream_id, @owners, @through) AS seen (timeline_id, through)
                    JOIN signals.stream AS known ON known.project_id = @project
                        AND known.timeline_id = seen.timeline_id AND known.version <= seen.through
                        AND known.stream_id = touched.stream_id
                    ORDER BY known.version DESC
                    LIMIT 1
                ) AS stream {DescriptorRows.JoinProgress}
                LEFT JOIN LATERAL (
                    SELECT known.sample_index, known.instant_ns
                    FROM signals.seen(stream.stream_id, @owners, @through) AS seen (timeline_id, through)
                    JOIN signals.time_anchor AS known ON known.project_id = @project
                        AND known.timeline_id = seen.timeline_id AND known.version <= seen.through
                        AND known.stream_id = stream.stream_id AND known.sample_index < progress.next_sample
                    ORDER BY known.sample_index DESC, known.version DESC
                    LIMIT 1
                ) AS anchor ON true
                WHERE NOT stream.deleted
                ORDER BY stream.name COLLATE "C", stream.stream_id
                """
            )
            .With("project", project.Value)
            .With(side);
    }

    private static void AddUntouchedCount(ProjectBatch batch, ProjectId project, Snapshot side, Divergence diverged)
    {
        var command = batch
            .Add(
                $"""
                WITH {TouchedIds},
                newest AS (
                    SELECT DISTINCT ON (stream.stream_id) stream.stream_id, stream.deleted
                    FROM branching.seen(@owners, @through) AS seen (timeline_id, through)
                    JOIN signals.stream ON stream.project_id = @project
                        AND stream.timeline_id = seen.timeline_id AND stream.version <= seen.through
                    ORDER BY stream.stream_id, stream.version DESC
                )
                SELECT count(*) FROM newest
                WHERE NOT deleted AND NOT EXISTS (SELECT FROM touched WHERE touched.stream_id = newest.stream_id)
                """
            )
            .With("project", project.Value)
            .With(side);
        diverged.AddTo(command);
    }

    private static async Task<TouchedStreams> ReadTouchedAsync(NpgsqlDataReader reader, CancellationToken cancellation)
    {
        var inFrom = await ReadStreamsAsync(reader, cancellation);
        var inTo = await ReadStreamsAsync(reader, cancellation);
        await reader.ReadAsync(cancellation);
        return new(inFrom, inTo, reader.GetInt64(0));
    }

    private static async Task<List<TouchedStream>> ReadStreamsAsync(
        NpgsqlDataReader reader,
        CancellationToken cancellation
    )
    {
        List<TouchedStream> streams = [];
        while (await reader.ReadAsync(cancellation))
        {
            var anchor = reader.GetOrdinal("anchor_sample");
            streams.Add(
                new(
                    DescriptorRows.Read(reader),
                    reader.IsDBNull(anchor) ? null : new(reader.GetInt64(anchor), reader.GetInt64(anchor + 1))
                )
            );
        }

        await reader.NextResultAsync(cancellation);
        return streams;
    }

    private static BlockKey ReadKey(NpgsqlDataReader row) =>
        new(row.GetInt32(0), row.GetInt64(1), row.GetInt32(2), row.GetFieldValue<byte[]>(3));
}

/// <summary>Streams that either side wrote beyond the merge base.</summary>
/// <param name="InFrom">As the old side sees them, by name; what it does not see, or sees deleted, is left out.</param>
/// <param name="InTo">As the new side sees them, by name.</param>
/// <param name="UntouchedCount">Live streams that neither side touched: both see them alike.</param>
public sealed record TouchedStreams(
    IReadOnlyList<TouchedStream> InFrom,
    IReadOnlyList<TouchedStream> InTo,
    long UntouchedCount
);

/// <summary>A stream as one side sees it.</summary>
/// <param name="LastAnchor">The last time anchor before its end, or null where it has none.</param>
public sealed record TouchedStream(SignalStream Stream, StreamTimeAnchor? LastAnchor)
{
    /// <summary>
    /// The instant after its last sample, in nanoseconds since 1970-01-01T00:00Z: the last anchor and the rate;
    /// saturates.
    /// </summary>
    public long EndTimeNs
    {
        get
        {
            var (sample, instant) = LastAnchor is { } anchor
                ? (anchor.Sample, anchor.InstantNs)
                : (0, Stream.Descriptor.StartTimeNs);
            var after = Stream.Descriptor.Rate.ToNanoseconds(Stream.Progress.NextSample - sample);
            return (long)Int128.Clamp((Int128)instant + after, long.MinValue, long.MaxValue);
        }
    }
}
