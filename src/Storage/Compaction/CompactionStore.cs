using Dendrite.Signals.Blocks;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Compaction;

/// <summary>
/// What the compactor reads and the one thing it writes (<c>signals.gather</c>). Every step is a short transaction of
/// its own. Thread-safe.
/// </summary>
public sealed class CompactionStore(PlatformDatabase database)
{
    /// <summary>Lines found in one round trip, each by a few index pages.</summary>
    public const int LinesPerPage = 200;

    /// <summary>Loose blocks looked at in one round trip; a run that needs more is cut there.</summary>
    public const int BlocksPerPage = 2048;

    /// <summary>The next lines of a project that hold blocks, in order. One round trip.</summary>
    /// <param name="after">Begin behind this one; the default is the beginning.</param>
    public async Task<IReadOnlyList<BlockLine>> ListLinesAsync(
        ProjectId project,
        BlockLine after,
        CancellationToken cancellation
    )
    {
        // From one line to the next by the index, past all blocks of each.
        const string Next = """
            (SELECT timeline_id, stream_id, channel_group FROM signals.block
            WHERE project_id = @project AND (timeline_id, stream_id, channel_group) >
            """;
        const string First = "ORDER BY timeline_id, stream_id, channel_group LIMIT 1)";
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                WITH RECURSIVE line AS (
                    {Next} (@timeline, @stream, @group) {First}
                    UNION ALL
                    SELECT next.* FROM line CROSS JOIN LATERAL
                        {Next} (line.timeline_id, line.stream_id, line.channel_group) {First} AS next
                )
                SELECT timeline_id, stream_id, channel_group FROM line LIMIT @limit
                """
            )
            .With("project", project.Value)
            .With("timeline", after.Timeline.Value)
            .With("stream", after.StreamId)
            .With("group", after.ChannelGroup)
            .With("limit", LinesPerPage);
        return await batch.ReadRowsAsync(
            row => new BlockLine(new(row.GetInt64(0)), row.GetInt64(1), row.GetInt32(2)),
            cancellation
        );
    }

    /// <summary>
    /// Behind which sample the loose blocks of a line begin; -1 where none was gathered. Gathering goes forward, so
    /// they are the last ones: walks over them from the end. One round trip.
    /// </summary>
    public async Task<long> FindStartAsync(ProjectId project, BlockLine line, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch(project);
        AddLine(
            batch.Add(
                """
                SELECT coalesce((
                    SELECT first_sample FROM signals.block
                    WHERE project_id = @project AND timeline_id = @timeline AND stream_id = @stream
                        AND channel_group = @group AND carrier_sample IS NOT NULL
                    ORDER BY first_sample DESC LIMIT 1), -1)
                """
            ),
            project,
            line
        );
        return (await batch.ReadRowsAsync(row => row.GetInt64(0), cancellation)).Single();
    }

    /// <summary>The next loose blocks of a line, by first sample; at most a page. Reads no payload. One round
    /// trip.</summary>
    /// <param name="after">Behind the block that begins here.</param>
    /// <param name="settle">Blocks of commits older than this are settled.</param>
    public async Task<IReadOnlyList<LooseBlock>> ListLooseAsync(
        ProjectId project,
        BlockLine line,
        long after,
        TimeSpan settle,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        AddLine(
                batch.Add(
                    """
                    SELECT b.first_sample, b.sample_count, b.version, b.sample_digest, octet_length(b.payload),
                        c.commit_time <= clock_timestamp() - @settle
                    FROM signals.block b
                    JOIN branching.commit c ON c.project_id = b.project_id AND c.timeline_id = b.timeline_id
                        AND c.version = b.version
                    WHERE b.project_id = @project AND b.timeline_id = @timeline AND b.stream_id = @stream
                        AND b.channel_group = @group AND b.first_sample > @after AND b.carrier_sample IS NULL
                    ORDER BY b.first_sample LIMIT @limit
                    """
                ),
                project,
                line
            )
            .With("after", after)
            .With("settle", settle)
            .With("limit", BlocksPerPage);
        return await batch.ReadRowsAsync(
            row => new LooseBlock(
                row.GetInt64(0),
                row.GetInt32(1),
                new(row.GetInt64(2)),
                row.GetFieldValue<byte[]>(3),
                row.GetInt32(4),
                row.GetBoolean(5)
            ),
            cancellation
        );
    }

    /// <summary>The header of a block: what its line's blocks have in common. One round trip, 24 bytes.</summary>
    /// <returns>Null where the block is gone.</returns>
    /// <exception cref="BlockFormatException">It is damaged.</exception>
    public async Task<BlockHeader?> ReadHeaderAsync(
        ProjectId project,
        BlockLine line,
        LooseBlock block,
        CancellationToken cancellation
    )
    {
        var heads = await ReadAsync(project, line, [block], "substr(payload, 1, 24)", cancellation);
        return heads.Count == 0 ? null : BlockHeader.Read(heads[0]);
    }

    /// <summary>The payloads of blocks, in their order; fewer where some are gone. One round trip.</summary>
    public Task<IReadOnlyList<byte[]>> ReadPayloadsAsync(
        ProjectId project,
        BlockLine line,
        IReadOnlyList<LooseBlock> blocks,
        CancellationToken cancellation
    ) => ReadAsync(project, line, blocks, "payload", cancellation);

    /// <summary>
    /// Puts one payload in place of those of a run, if they are still what was read. One round trip, one transaction.
    /// </summary>
    /// <param name="blocks">The run.</param>
    /// <param name="gathered">The payload; null: they keep theirs and are loose no more.</param>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> GatherAsync(
        ProjectId project,
        BlockLine line,
        IReadOnlyList<LooseBlock> blocks,
        byte[]? gathered,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add("SELECT signals.gather(@timeline, @stream, @group, @samples, @digests, @checksum, @payload)")
            .With("timeline", line.Timeline.Value)
            .With("stream", line.StreamId)
            .With("group", line.ChannelGroup)
            .With("samples", blocks.Select(block => block.FirstSample).ToArray())
            .With("digests", blocks.Select(block => block.SampleDigest).ToArray())
            .With("checksum", gathered is null ? 0 : (int)BlockHeader.Read(gathered).Checksum);
        command.Parameters.Add(
            new NpgsqlParameter("payload", NpgsqlDbType.Bytea) { Value = (object?)gathered ?? DBNull.Value }
        );
        return (await batch.ReadRowsAsync(row => row.GetBoolean(0), cancellation)).Single();
    }

    private async Task<IReadOnlyList<byte[]>> ReadAsync(
        ProjectId project,
        BlockLine line,
        IReadOnlyList<LooseBlock> blocks,
        string what,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        AddLine(
                batch.Add(
                    $"""
                    SELECT {what} FROM signals.block
                    WHERE project_id = @project AND timeline_id = @timeline AND stream_id = @stream
                        AND channel_group = @group AND first_sample = ANY (@samples) AND carrier_sample IS NULL
                    ORDER BY first_sample
                    """
                ),
                project,
                line
            )
            .With("samples", blocks.Select(block => block.FirstSample).ToArray());
        return await batch.ReadRowsAsync(row => row.GetFieldValue<byte[]>(0), cancellation);
    }

    private static NpgsqlBatchCommand AddLine(NpgsqlBatchCommand command, ProjectId project, BlockLine line) =>
        command
            .With("project", project.Value)
            .With("timeline", line.Timeline.Value)
            .With("stream", line.StreamId)
            .With("group", line.ChannelGroup);
}
