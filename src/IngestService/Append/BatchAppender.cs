using Dendrite.Access;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Append;

/// <summary>Appends what one message holds, in one commit, for devices that cannot stream.</summary>
internal sealed class BatchAppender(AppendParts parts)
{
    /// <summary>Safe to repeat: what is stored already is compared and not stored twice.</summary>
    /// <exception cref="DendriteException">As of <c>Append</c>; nothing was stored.</exception>
    public async Task<V1.AppendBatchResponse> AppendAsync(
        Caller caller,
        V1.AppendBatchRequest request,
        CancellationToken cancellation
    )
    {
        var open = request.Open ?? throw DendriteException.Invalid("open", "is missing: say which stream");
        var opened = await parts.Opener.OpenAsync(caller, open, "open", cancellation);
        var budget = new ByteBudget(long.MaxValue);
        var writer = new StreamWriter(opened, budget, parts.Committers.ServerBudget);
        var position = new StreamPosition(opened.Lease.GroupEnds);
        var bytes = Math.Max(request.CalculateSize(), 1);
        await writer.AcquireAsync(bytes, cancellation);
        AppendItem item;
        try
        {
            item = await BuildAsync(writer, position, request, bytes, cancellation);
        }
        catch
        {
            writer.Release(bytes);
            throw;
        }

        await CommitAsync(writer, item);

        await parts.Opener.CloseAsync(opened, CancellationToken.None);
        return writer.Failure is { } failure ? throw failure : ToResponse(opened, writer.Durable);
    }

    private async Task CommitAsync(StreamWriter writer, AppendItem item)
    {
        if (item.IsEmpty)
        {
            writer.Release(item.Bytes);
            return;
        }

        using var committer = parts.Committers.Join(writer.Opened.Key);
        committer.Enqueue(item);
        await writer.SettledAsync();
    }

    private async Task<AppendItem> BuildAsync(
        StreamWriter writer,
        StreamPosition position,
        V1.AppendBatchRequest request,
        long bytes,
        CancellationToken cancellation
    )
    {
        var opened = writer.Opened;
        var (blocks, gaps) = await PlaceAsync(opened, position, request, cancellation);
        return new(writer, position.GroupEnds, MessageNumber: 1, bytes)
        {
            Blocks = blocks,
            Gaps = gaps,
            Annotations = request
                .Annotations.Select(
                    (annotation, i) => AnnotationMapper.Read(annotation, opened.Stream, $"annotations[{i}]")
                )
                .ToArray(),
            Anchors = request.Anchors.Select((anchor, i) => TimeMapper.Read(anchor, $"anchors[{i}]")).ToArray(),
            Finish = request.Finish,
        };
    }

    /// <summary>Puts blocks and gaps in the order of their samples and keeps those that are new.</summary>
    private async Task<(List<NewBlock> Blocks, List<SampleGap> Gaps)> PlaceAsync(
        OpenedStream opened,
        StreamPosition position,
        V1.AppendBatchRequest request,
        CancellationToken cancellation
    )
    {
        var groups = opened.Stream.Descriptor.Groups;
        var blocks = request
            .Blocks.Select((block, i) => parts.Verifier.Verify(block, groups, $"blocks[{i}]"))
            .ToArray();
        var gaps = request.Gaps.Select((gap, i) => TimeMapper.Read(gap, groups.Count, $"gaps[{i}]")).ToArray();
        var pieces = blocks
            .Select(block => (Start: block.FirstSample, Block: (NewBlock?)block, Gap: (SampleGap?)null))
            .Concat(gaps.Select(gap => (gap.Range.Start, (NewBlock?)null, (SampleGap?)gap)))
            .OrderBy(piece => piece.Start);
        List<NewBlock> newBlocks = [];
        List<SampleGap> newGaps = [];
        foreach (var (_, block, gap) in pieces)
        {
            if (block is not null && await IsNewAsync(opened, position, block, cancellation))
            {
                newBlocks.Add(block);
            }
            else if (gap is not null && await IsNewAsync(opened, position, gap, cancellation))
            {
                newGaps.Add(gap);
            }
        }

        return (newBlocks, newGaps);
    }

    private async Task<bool> IsNewAsync(
        OpenedStream opened,
        StreamPosition position,
        NewBlock block,
        CancellationToken cancellation
    )
    {
        switch (position.Place(block.ChannelGroup, block.FirstSample, block.Header.SampleCount))
        {
            case BlockPlacement.Next:
                position.MoveTo(block.ChannelGroup, block.EndSample);
                return true;
            case BlockPlacement.Duplicate:
                await parts.Duplicates.RequireSameAsync(opened, block, cancellation);
                return false;
            default:
                throw OutOfOrder(opened, new(block.FirstSample, block.EndSample), position.EndOf(block.ChannelGroup));
        }
    }

    private async Task<bool> IsNewAsync(
        OpenedStream opened,
        StreamPosition position,
        SampleGap gap,
        CancellationToken cancellation
    )
    {
        var placement = gap.ChannelGroup is { } group
            ? position.Place(group, gap.Range.Start, gap.Range.Count)
            : position.PlaceInAll(gap.Range.Start, gap.Range.Count);
        switch (placement)
        {
            case BlockPlacement.Next:
                position.MoveTo(gap.ChannelGroup, gap.Range.End);
                return true;
            case BlockPlacement.Duplicate:
                await parts.Duplicates.RequireSameAsync(opened, gap, cancellation);
                return false;
            default:
                throw OutOfOrder(opened, gap.Range, position.NextSample);
        }
    }

    private static DendriteException OutOfOrder(OpenedStream opened, SampleRange range, long expected) =>
        new(
            ErrorReason.BlockOutOfOrder,
            $"{opened.Name}: samples {range.Start} to {range.End} came where sample {expected} is next; send from "
                + "there, and "
                + "declare what is missing with a gap."
        );

    private static V1.AppendBatchResponse ToResponse(OpenedStream opened, DurableState durable) =>
        new()
        {
            Stream = opened.Name.ToString(),
            ThroughSample = durable.ThroughSample,
            PreviousThroughSample = opened.Lease.NextSample,
            Version = durable.Version.Value,
            Epoch = opened.Lease.Epoch,
        };
}
