using System.Buffers;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Compaction;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Backups;

/// <summary>
/// Reads blocks for a backup: first what they say of themselves, by the page, then the payloads of those that are
/// wanted, as they are stored. Thread-safe.
/// </summary>
public sealed class BackupBlockReader(PlatformDatabase database)
{
    /// <summary>Descriptions in one round trip; some 100 bytes each.</summary>
    private const int PageBlocks = 1_000;

    /// <summary>The lines of a timeline that have blocks, in order. One round trip; reads an index.</summary>
    public async Task<IReadOnlyList<BlockLine>> ListLinesAsync(
        ProjectId project,
        TimelineId timeline,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT DISTINCT stream_id, channel_group FROM signals.block
                WHERE project_id = @project AND timeline_id = @timeline ORDER BY stream_id, channel_group
                """
            )
            .With("project", project.Value)
            .With("timeline", timeline.Value);
        return await batch.ReadRowsAsync(
            row => new BlockLine(timeline, row.GetInt64(0), row.GetInt32(1)),
            cancellationToken
        );
    }

    /// <summary>A page of blocks behind a sample; empty after the last one. One round trip, no payloads.</summary>
    public async Task<IReadOnlyList<BackupBlock>> ListAsync(
        ProjectId project,
        BlockLine line,
        CommitVersion through,
        long afterSample,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        About(
                batch.Add(
                    $"""
                    SELECT b.first_sample, b.sample_count, b.version, b.sample_digest, b.metadata::text,
                        octet_length(b.summary)
                    FROM signals.block b WHERE {OfLine} AND b.first_sample > @after AND b.version <= @through
                    ORDER BY b.first_sample LIMIT {PageBlocks}
                    """
                ),
                project,
                line
            )
            .With("after", afterSample)
            .With("through", through.Value);
        return await batch.ReadRowsAsync(
            row => new BackupBlock(row.GetInt64(0), row.GetInt32(1), new(row.GetInt64(2)), row.GetFieldValue<byte[]>(3))
            {
                MetadataJson = row.IsDBNull(4) ? null : row.GetString(4),
                SummaryBytes = row.GetInt32(5),
            },
            cancellationToken
        );
    }

    /// <summary>
    /// The stored form of blocks that follow each other, needing no others: those whose samples lie in the payload of a
    /// block before them get a payload of their own. One round trip and one statement, so a gathering in this moment is
    /// seen whole or not at all.
    /// </summary>
    /// <returns>In their order; fewer where some are gone.</returns>
    /// <exception cref="BlockFormatException">A payload is damaged.</exception>
    public async Task<IReadOnlyList<StoredForm>> ReadAsync(
        ProjectId project,
        BlockLine line,
        IReadOnlyList<BackupBlock> blocks,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        About(
                batch.Add(
                    $"""
                    SELECT b.first_sample, b.sample_count, b.carrier_sample, b.format, b.checksum, b.summary, b.payload,
                        CASE WHEN b.carrier_sample < @first AND lag(b.carrier_sample) OVER (ORDER BY b.first_sample)
                            IS DISTINCT FROM b.carrier_sample THEN before.payload END
                    FROM signals.block b
                    LEFT JOIN signals.block before ON b.carrier_sample < @first AND before.project_id = b.project_id
                        AND before.timeline_id = b.timeline_id AND before.stream_id = b.stream_id
                        AND before.channel_group = b.channel_group AND before.first_sample = b.carrier_sample
                    WHERE {OfLine} AND b.first_sample = ANY (@samples)
                    ORDER BY b.first_sample
                    """
                ),
                project,
                line
            )
            .With("first", blocks[0].FirstSample)
            .With("samples", blocks.Select(block => block.FirstSample).ToArray());
        var rows = await batch.ReadRowsAsync(Read, cancellationToken);
        return Detach(rows);
    }

    private const string OfLine = """
        b.project_id = @project AND b.timeline_id = @timeline AND b.stream_id = @stream AND b.channel_group = @group
        """;

    private static NpgsqlBatchCommand About(NpgsqlBatchCommand command, ProjectId project, BlockLine line) =>
        command
            .With("project", project.Value)
            .With("timeline", line.Timeline.Value)
            .With("stream", line.StreamId)
            .With("group", line.ChannelGroup);

    private static (StoredForm Form, byte[]? Before) Read(NpgsqlDataReader row) =>
        (
            new(row.GetInt64(0), row.GetInt32(1))
            {
                CarrierSample = row.IsDBNull(2) ? null : row.GetInt64(2),
                Format = row.GetInt16(3),
                Checksum = row.GetInt32(4),
                Summary = row.GetFieldValue<byte[]>(5),
                Payload = row.GetFieldValue<byte[]>(6),
            },
            row.IsDBNull(7) ? null : row.GetFieldValue<byte[]>(7)
        );

    /// <summary>Gives those at the beginning that hang on an earlier block a payload of their own.</summary>
    private static StoredForm[] Detach(IReadOnlyList<(StoredForm Form, byte[]? Before)> rows)
    {
        var forms = rows.Select(row => row.Form).ToArray();
        if (rows.Count == 0 || rows[0].Before is not { } payload)
        {
            return forms;
        }

        var carrier = forms[0].CarrierSample!.Value;
        var count = forms.TakeWhile(form => form.CarrierSample == carrier).Count();
        var start = forms[0].FirstSample;
        var part = new SampleRange(
            start - carrier,
            forms[count - 1].FirstSample + forms[count - 1].SampleCount - carrier
        );
        var (encoded, header) = Cut(payload, part);
        for (var i = 0; i < count; i++)
        {
            forms[i] = forms[i] with
            {
                CarrierSample = start,
                Checksum = i == 0 ? (int)header.Checksum : 0,
                Payload = i == 0 ? encoded : [],
            };
        }

        return forms;
    }

    private static (byte[] Payload, BlockHeader Header) Cut(byte[] payload, SampleRange part)
    {
        var block = SampleBlock.Open(payload);
        var planar = new byte[block.Header.DecodedBytes];
        block.Decode(planar);
        var sampleBytes = block.Header.SampleType.SizeBytes();
        var length = (int)part.Count * sampleBytes;
        var cut = new byte[length * block.Header.ChannelCount];
        for (var channel = 0; channel < block.Header.ChannelCount; channel++)
        {
            planar
                .AsSpan((channel * block.Header.ChannelBytes) + ((int)part.Start * sampleBytes), length)
                .CopyTo(cut.AsSpan(channel * length));
        }

        var output = new ArrayBufferWriter<byte>();
        var header = BlockEncoder.Encode(block.Header.SampleType, cut, block.Header.ChannelCount, output);
        return (output.WrittenSpan.ToArray(), header);
    }
}

/// <summary>What a block says of itself, whatever encodes it.</summary>
public sealed record BackupBlock(long FirstSample, int SampleCount, CommitVersion Version, byte[] SampleDigest)
{
    public string? MetadataJson { get; init; }

    /// <summary>Grows with the number of channels.</summary>
    public int SummaryBytes { get; init; }
}

/// <summary>How a block lies in the database.</summary>
public sealed record StoredForm(long FirstSample, int SampleCount)
{
    /// <summary>First sample of the block whose payload holds its samples; null: its own, not looked at yet.</summary>
    public long? CarrierSample { get; init; }

    public short Format { get; init; }

    public int Checksum { get; init; }

    public byte[] Summary { get; init; } = [];

    /// <summary>Empty where another block carries its samples.</summary>
    public byte[] Payload { get; init; } = [];
}
