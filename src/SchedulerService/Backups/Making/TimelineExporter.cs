using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dendrite.Backups.Format;
using Dendrite.Storage;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Compaction;
using Dendrite.Versioning;

namespace Dendrite.SchedulerService.Backups.Making;

/// <summary>
/// Turns the rows of a timeline into chunks. Rows never change and later ones come behind, so the chunks of a timeline
/// that grew are the old ones and new ones after them. Memory for one chunk at a time. Thread-safe.
/// </summary>
internal sealed class TimelineExporter(BackupReader rows, BackupBlockReader blocks)
{
    /// <summary>
    /// Samples of all channels in a chunk of blocks, by their number and not by what they take: encoding them more
    /// densely later must not move the ends of chunks. Some 8 MB decoded as int16, half of that as it lies.
    /// </summary>
    private const long ChunkSamples = 4 << 20;

    /// <summary>Of one channel in a block's summary, about.</summary>
    private const int SummaryBytes = 24;

    private const int ChunkBlocks = 1_000;

    public async Task<ManifestTimeline> ExportAsync(
        ProjectId project,
        HeldLine line,
        ChunkSink sink,
        CancellationToken cancellationToken
    )
    {
        var chunks = new List<ChunkEntry>();
        foreach (var table in BackupTables.All.Where(table => table != BackupTables.Blocks))
        {
            await ExportRowsAsync(project, line, table, (sink, chunks), cancellationToken);
        }

        foreach (var blockLine in await blocks.ListLinesAsync(project, line.Timeline, cancellationToken))
        {
            await ExportBlocksAsync(project, blockLine, line.Through, (sink, chunks), cancellationToken);
        }

        return new()
        {
            Id = line.Timeline.Value,
            StartVersion = line.Start.Value,
            Through = line.Through.Value,
            AbsorbedInto = line.AbsorbedInto?.Value,
            AbsorbedAt = line.AbsorbedAt?.Value,
            Chunks = chunks,
        };
    }

    private async Task ExportRowsAsync(
        ProjectId project,
        HeldLine line,
        string table,
        (ChunkSink Sink, List<ChunkEntry> Chunks) target,
        CancellationToken cancellationToken
    )
    {
        var builder = new ChunkBuilder(table);
        await foreach (var row in rows.ReadAsync(project, table, line.Timeline, line.Through, cancellationToken))
        {
            builder.Add(row.Json, row.Version);
            if (builder.IsFull)
            {
                await AddAsync(builder.Complete(), target, cancellationToken);
                await target.Sink.TellAsync($"reading {table}", cancellationToken);
            }
        }

        if (!builder.IsEmpty)
        {
            await AddAsync(builder.Complete(), target, cancellationToken);
        }
    }

    private async Task ExportBlocksAsync(
        ProjectId project,
        BlockLine line,
        CommitVersion through,
        (ChunkSink Sink, List<ChunkEntry> Chunks) target,
        CancellationToken cancellationToken
    )
    {
        var (after, gathered, samples) = (-1L, new List<BackupBlock>(), 0L);
        while (await blocks.ListAsync(project, line, through, after, cancellationToken) is { Count: > 0 } page)
        {
            foreach (var block in page)
            {
                gathered.Add(block);
                samples += (long)block.SampleCount * Math.Max(1, block.SummaryBytes / SummaryBytes);
                if (samples >= ChunkSamples || gathered.Count == ChunkBlocks)
                {
                    await AddBlocksAsync(project, line, gathered, target, cancellationToken);
                    gathered.Clear();
                    samples = 0;
                }
            }

            after = page[^1].FirstSample;
        }

        if (gathered.Count > 0)
        {
            await AddBlocksAsync(project, line, gathered, target, cancellationToken);
        }
    }

    private async Task AddBlocksAsync(
        ProjectId project,
        BlockLine line,
        IReadOnlyList<BackupBlock> part,
        (ChunkSink Sink, List<ChunkEntry> Chunks) target,
        CancellationToken cancellationToken
    )
    {
        await target.Sink.TellAsync("reading blocks", cancellationToken);
        var identity = IdentityOf(line, part);
        if (await target.Sink.FindAsync(identity, cancellationToken) is { } known)
        {
            target.Chunks.Add(known);
            return;
        }

        var forms = await blocks.ReadAsync(project, line, part, cancellationToken);
        if (forms.Count != part.Count)
        {
            throw new InvalidOperationException($"Blocks of timeline {line.Timeline} went while they were held.");
        }

        var builder = new ChunkBuilder(BackupTables.Blocks);
        for (var i = 0; i < forms.Count; i++)
        {
            builder.Add(RowOf(line, part[i], forms[i]), part[i].Version.Value, forms[i].Payload);
        }

        await AddAsync(builder.Complete(identity), target, cancellationToken);
    }

    private static async Task AddAsync(
        (ChunkEntry Entry, byte[] Content) chunk,
        (ChunkSink Sink, List<ChunkEntry> Chunks) target,
        CancellationToken cancellationToken
    )
    {
        await target.Sink.AddAsync(chunk.Entry, chunk.Content, cancellationToken);
        target.Chunks.Add(chunk.Entry);
    }

    private static string RowOf(BlockLine line, BackupBlock block, StoredForm form) =>
        new JsonObject
        {
            ["stream_id"] = line.StreamId,
            ["channel_group"] = line.ChannelGroup,
            ["first_sample"] = block.FirstSample,
            ["sample_count"] = block.SampleCount,
            ["version"] = block.Version.Value,
            ["format"] = form.Format,
            ["checksum"] = form.Checksum,
            ["sample_digest"] = Convert.ToBase64String(block.SampleDigest),
            ["summary"] = Convert.ToBase64String(form.Summary),
            ["metadata"] = block.MetadataJson,
            ["carrier_sample"] = form.CarrierSample,
            ["payload"] = form.Payload.Length,
        }.ToJsonString();

    /// <summary>What the blocks say, however their samples are encoded.</summary>
    private static string IdentityOf(BlockLine line, IEnumerable<BackupBlock> part)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add($"dendrite blocks 1 {line.Timeline} {line.StreamId} {line.ChannelGroup}");
        foreach (var block in part)
        {
            Add($"{block.FirstSample} {block.SampleCount} {block.Version} {block.MetadataJson}");
            hash.AppendData(block.SampleDigest);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());

        void Add(FormattableString text) =>
            hash.AppendData(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture) + "\n"));
    }
}
