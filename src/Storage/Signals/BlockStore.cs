using System.Runtime.CompilerServices;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Reads blocks through a snapshot. Thread-safe.</summary>
public sealed class BlockStore(PlatformDatabase database)
{
    private readonly MaskStore masks = new(database);

    /// <summary>Payload fetched in one round trip, give or take a block: what a reader costs in memory.</summary>
    private const int PageBytes = 4 << 20;

    /// <summary>Rows weighed for one page; small blocks fill a page by number before they fill it by bytes.</summary>
    private const int PageBlocks = 256;

    /// <summary>
    /// As <see cref="ReadAllAsync"/>, without what masks hide. Of a block with
    /// <see cref="StoredBlock.ChannelMasks"/> some channels are hidden still.
    /// </summary>
    public IAsyncEnumerable<StoredBlock> ReadAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        IReadOnlyCollection<int> groups,
        SampleRange samples,
        CancellationToken cancellation
    ) =>
        ReadAllAsync(project, snapshot, streamId, groups, samples, cancellation).Where(block => block.HiddenBy is null);

    /// <summary>
    /// The blocks that hold any of the samples, by first visible sample, then channel group; each sample once, and what
    /// masks hide as parts that say so. They come in pages, and between two pages no connection is held: a slow
    /// consumer holds up nobody. One round trip besides for each 10,000 masks, and one at least.
    /// </summary>
    /// <param name="project">The tenant.</param>
    /// <param name="snapshot">What may be seen. Blocks are immutable, so all pages belong to one state.</param>
    /// <param name="streamId">The stream.</param>
    /// <param name="groups">Which channel groups.</param>
    /// <param name="samples">Which samples.</param>
    /// <param name="cancellation">Stops between and within pages.</param>
    public IAsyncEnumerable<StoredBlock> ReadAllAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        IReadOnlyCollection<int> groups,
        SampleRange samples,
        CancellationToken cancellation
    ) => ReadMaskedAsync(new(project, snapshot, streamId, groups.ToArray(), samples), cancellation);

    /// <summary>
    /// The blocks of <see cref="ReadAsync"/> with their summaries in place of their payloads, which are not read from
    /// disk. The summary is that of the whole block, also where masks or other blocks hide some of it.
    /// </summary>
    public IAsyncEnumerable<StoredBlock> ReadSummariesAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        IReadOnlyCollection<int> groups,
        SampleRange samples,
        CancellationToken cancellation
    ) =>
        ReadMaskedAsync(
                new(project, snapshot, streamId, groups.ToArray(), samples) { Content = BlockContent.Summary },
                cancellation
            )
            .Where(block => block.HiddenBy is null);

    /// <summary>
    /// The blocks of <see cref="ReadAllAsync"/>, what masks hide included, with the digests of their samples in place
    /// of their payloads, which are not read from disk.
    /// </summary>
    public IAsyncEnumerable<StoredBlock> ReadDigestsAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        IReadOnlyCollection<int> groups,
        SampleRange samples,
        CancellationToken cancellation
    ) =>
        ReadMaskedAsync(
            new(project, snapshot, streamId, groups.ToArray(), samples) { Content = BlockContent.Digest },
            cancellation
        );

    /// <summary>The blocks as they are stored, also what masks hide: to compare them with what is sent again.</summary>
    public IAsyncEnumerable<StoredBlock> ReadStoredAsync(
        ProjectId project,
        Snapshot snapshot,
        long streamId,
        IReadOnlyCollection<int> groups,
        SampleRange samples,
        CancellationToken cancellation
    ) => ReadPagesAsync(new(project, snapshot, streamId, groups.ToArray(), samples), hiding: null, cancellation);

    private async IAsyncEnumerable<StoredBlock> ReadMaskedAsync(
        BlockQuery query,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var view = new RecordView(query.Project, query.Snapshot);
        var (stream, samples) = (query.StreamId, query.Samples);
        await using var hiding = new MaskWindow(masks.ReadAsync(view, stream, samples, cancellation));
        await foreach (var part in ReadPagesAsync(query, hiding, cancellation))
        {
            yield return part;
        }
    }

    private async IAsyncEnumerable<StoredBlock> ReadPagesAsync(
        BlockQuery query,
        MaskWindow? hiding,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var after = new BlockKey(-1, -1, default);
        var visible = new VisibleBlocks();
        while (true)
        {
            var page = await ReadPageAsync(query, after, cancellation);
            foreach (var block in page)
            {
                var touching = hiding is null ? [] : await hiding.TouchingAsync(block.Range);
                foreach (var part in visible.Add(block, touching))
                {
                    yield return part;
                }
            }

            if (page.Count == 0)
            {
                break;
            }

            after = new(page[^1].FirstSample, page[^1].ChannelGroup, page[^1].Timeline);
        }

        foreach (var block in visible.Complete())
        {
            yield return block;
        }
    }

    /// <summary>
    /// The next blocks behind a key. One round trip; payloads beyond the page are not read from disk.
    /// </summary>
    private async Task<IReadOnlyList<StoredBlock>> ReadPageAsync(
        BlockQuery query,
        BlockKey after,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(query.Project);
        batch
            .Add(BlockPageSql.Of(query.Content))
            .With("project", query.Project.Value)
            .With("stream", query.StreamId)
            .With("groups", query.Groups)
            .With("start", query.Samples.Start)
            .With("end", query.Samples.End)
            .With("after_sample", after.FirstSample)
            .With("after_group", after.ChannelGroup)
            .With("after_timeline", after.Timeline.Value)
            .With("page_blocks", PageBlocks)
            .With("page_bytes", PageBytes)
            .With(query.Snapshot);
        Dictionary<(long, int, long), byte[]> contents = [];
        return await batch.ReadRowsAsync(row => ReadBlock(row, query.Content, contents), cancellation);
    }

    private static StoredBlock ReadBlock(
        NpgsqlDataReader row,
        BlockContent content,
        Dictionary<(long, int, long), byte[]> contents
    )
    {
        var (group, timeline, carrier) = (row.GetInt32(0), row.GetInt64(6), row.GetInt64(7));
        if (!row.IsDBNull(4))
        {
            contents[(timeline, group, carrier)] = row.GetFieldValue<byte[]>(4);
        }

        var bytes = contents[(timeline, group, carrier)];
        var payload = content == BlockContent.Payload ? bytes : [];
        return new(group, row.GetInt64(1), row.GetInt32(2), new(row.GetInt64(3)), payload)
        {
            Summary = content == BlockContent.Summary ? bytes : default,
            SampleDigest = content == BlockContent.Digest ? bytes : default,
            MetadataJson = row.IsDBNull(5) ? null : row.GetString(5),
            Timeline = new(timeline),
            PayloadStart = carrier,
        };
    }

    private sealed record BlockQuery(
        ProjectId Project,
        Snapshot Snapshot,
        long StreamId,
        int[] Groups,
        SampleRange Samples
    )
    {
        public BlockContent Content { get; init; }
    }

    private readonly record struct BlockKey(long FirstSample, int ChannelGroup, TimelineId Timeline);
}
