using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Records;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;
using Google.Protobuf;

namespace Dendrite.IngestService.Append;

/// <summary>Appends what one message holds, in one commit, for devices that cannot stream.</summary>
internal sealed class BatchAppender(AppendParts parts, BranchDirectory branches, DoneRequests requests)
{
    /// <summary>Most annotations, anchors or gaps of one call, as the contract says.</summary>
    private const int MaxEvents = 1_000;

    /// <summary>
    /// Safe to repeat: with an id it is answered as before, and the stream stays with its writer; without one what is
    /// stored already is compared and not stored twice.
    /// </summary>
    /// <exception cref="DendriteException">As of <c>Append</c>; nothing was stored.</exception>
    public async Task<V1.AppendBatchResponse> AppendAsync(
        Caller caller,
        V1.AppendBatchRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellation
    )
    {
        var open = request.Open ?? throw DendriteException.Invalid("open", "is missing: say which stream");
        CheckCount(request.Annotations.Count, "annotations");
        CheckCount(request.Anchors.Count, "anchors");
        CheckCount(request.Gaps.Count, "gaps");
        if (RequestFields.RequestId(request.RequestId) is null)
        {
            return (await AppendAsync(caller, request, mutation: null, cancellation)).Answer;
        }

        var name = StreamName.Parse(open.Stream, "open.stream");
        var project = await branches.GetProjectAsync(caller, name.Project, cancellation);
        var mutation = mutationOf(name.ToString());
        return await requests.OnceAsync(
            project,
            mutation,
            () => AppendAsync(caller, request, mutation, cancellation),
            before => Task.FromResult(ToResponse(before)),
            cancellation
        );
    }

    /// <param name="mutation">The request where it has an id, to be remembered; else null.</param>
    private async Task<Done<V1.AppendBatchResponse>> AppendAsync(
        Caller caller,
        V1.AppendBatchRequest request,
        Mutation? mutation,
        CancellationToken cancellation
    )
    {
        var opened = await parts.Opener.OpenAsync(
            caller,
            request.Open,
            request: null,
            descriptor => CheckForNew(request, descriptor),
            cancellation
        );
        try
        {
            return await AppendAsync(opened, request, mutation, cancellation);
        }
        finally
        {
            // Also where it was refused: the stream is nobody's, and the next writer need not wait for it.
            await parts.Opener.CloseAsync(opened, CancellationToken.None);
        }
    }

    private async Task<Done<V1.AppendBatchResponse>> AppendAsync(
        OpenedStream opened,
        V1.AppendBatchRequest request,
        Mutation? mutation,
        CancellationToken cancellation
    )
    {
        var budget = new ByteBudget(long.MaxValue);
        var writer = new StreamWriter(opened, budget, parts.Committers.ServerBudget);
        var position = new StreamPosition(opened.Lease.GroupEnds);
        var bytes = Math.Max(request.CalculateSize(), 1);
        await writer.AcquireAsync(bytes, cancellation);
        AppendItem item;
        try
        {
            item = await BuildAsync(writer, position, request, bytes, cancellation);
            item = item with { Request = ToRemembered(opened, position, mutation) };
        }
        catch
        {
            writer.Release(bytes);
            throw;
        }

        await CommitAsync(writer, item);
        if (writer.Failure is { } failure)
        {
            throw failure;
        }

        var answer = ToResponse(opened, position, writer.Durable.Version.Value);
        return new(answer, !item.IsEmpty) { Nothing = new(writer.Durable.Version, answer.ToByteString()) };
    }

    /// <summary>A batch that cannot be the first of a stream leaves no empty stream behind.</summary>
    private void CheckForNew(V1.AppendBatchRequest request, SignalStreamDescriptor descriptor)
    {
        var position = new StreamPosition(new long[descriptor.Groups.Count]);
        foreach (var piece in PiecesOf(request, descriptor.Groups))
        {
            if (piece.PlaceIn(position) != BlockPlacement.Next)
            {
                throw OutOfOrder(request.Open.Stream, piece.Range, position.NextSample);
            }

            position.MoveTo(piece.Group, piece.Range.End);
        }

        for (var i = 0; i < request.Annotations.Count; i++)
        {
            AnnotationMapper.Check(request.Annotations[i], descriptor, $"annotations[{i}]");
        }

        ReadAnchors(request);
    }

    private static void CheckCount(int count, string field)
    {
        if (count > MaxEvents)
        {
            throw DendriteException.Invalid(field, $"has {count}; at most {MaxEvents} are allowed in one call");
        }
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
            Anchors = ReadAnchors(request),
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
        List<NewBlock> newBlocks = [];
        List<SampleGap> newGaps = [];
        foreach (var piece in PiecesOf(request, opened.Stream.Descriptor.Groups))
        {
            if (!await IsNewAsync(opened, position, piece, cancellation))
            {
                continue;
            }

            if (piece.Block is { } block)
            {
                newBlocks.Add(block);
            }
            else
            {
                newGaps.Add(piece.Gap!);
            }
        }

        return (newBlocks, newGaps);
    }

    private IEnumerable<BatchPiece> PiecesOf(V1.AppendBatchRequest request, IReadOnlyList<ChannelGroup> groups)
    {
        var blocks = request.Blocks.Select((block, i) => parts.Verifier.Verify(block, groups, $"blocks[{i}]"));
        var gaps = request.Gaps.Select((gap, i) => TimeMapper.Read(gap, groups.Count, $"gaps[{i}]"));
        // Read to the end before the first is placed: what is malformed is refused before what is out of order.
        return blocks
            .Select(BatchPiece.Of)
            .Concat(gaps.Select(BatchPiece.Of))
            .ToList()
            .OrderBy(piece => piece.Range.Start);
    }

    private static StreamTimeAnchor[] ReadAnchors(V1.AppendBatchRequest request) =>
        TimeMapper.ReadAll(request.Anchors, "anchors");

    private async Task<bool> IsNewAsync(
        OpenedStream opened,
        StreamPosition position,
        BatchPiece piece,
        CancellationToken cancellation
    )
    {
        switch (piece.PlaceIn(position))
        {
            case BlockPlacement.Next:
                position.MoveTo(piece.Group, piece.Range.End);
                return true;
            case BlockPlacement.Duplicate when piece.Block is { } block:
                await parts.Duplicates.RequireSameAsync(opened, block, cancellation);
                return false;
            case BlockPlacement.Duplicate:
                await parts.Duplicates.RequireSameAsync(opened, piece.Gap!, cancellation);
                return false;
            default:
                var expected = piece.Block is { } late ? position.EndOf(late.ChannelGroup) : position.NextSample;
                throw OutOfOrder(opened.Name.ToString(), piece.Range, expected);
        }
    }

    private static DendriteException OutOfOrder(string stream, SampleRange range, long expected) =>
        new(
            ErrorReason.BlockOutOfOrder,
            $"{stream}: samples {range.Start} to {range.End} came where sample {expected} is next; send from "
                + "there, and "
                + "declare what is missing with a gap."
        );

    /// <summary>All of the answer but its version, which nobody knows before the commit.</summary>
    private static RememberedAppend? ToRemembered(OpenedStream opened, StreamPosition end, Mutation? mutation) =>
        mutation is null ? null : new(mutation, ToResponse(opened, end, version: 0).ToByteArray());

    private static V1.AppendBatchResponse ToResponse(RememberedCommit before)
    {
        var response = V1.AppendBatchResponse.Parser.ParseFrom(before.Answer);
        response.Version = before.Version.Value;
        return response;
    }

    private static V1.AppendBatchResponse ToResponse(OpenedStream opened, StreamPosition end, long version) =>
        new()
        {
            Stream = opened.Name.ToString(),
            ThroughSample = end.NextSample,
            PreviousThroughSample = opened.Lease.NextSample,
            Version = version,
            Epoch = opened.Lease.Epoch,
        };
}
