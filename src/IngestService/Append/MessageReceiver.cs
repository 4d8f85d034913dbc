using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;
using Google.Protobuf;

namespace Dendrite.IngestService.Append;

/// <summary>
/// Takes the messages of one writer after its open: checks each, places it behind the ones before, and hands it to the
/// committer. A block that overtook others waits until they have come. Holds no more than the budgets allow; while it
/// waits for them it reads nothing.
/// </summary>
internal sealed class MessageReceiver(
    StreamWriter writer,
    CommitterLease committer,
    BlockVerifier verifier,
    DuplicateCheck duplicates,
    HeldPieces overtaking
)
{
    private const int MaxAnnotations = 1_000;

    /// <summary>What a message holds of the budgets at least.</summary>
    private const int SmallMessageBytes = 256;

    private readonly StreamPosition position = new(writer.Opened.Lease.GroupEnds);
    private readonly IReadOnlyList<ChannelGroup> groups = writer.Opened.Stream.Descriptor.Groups;
    private long messageNumber;

    /// <summary>Where the first missing sample is that a later block waits for; null while none is missing.</summary>
    public long? Hole => overtaking.FirstMessage is null ? null : position.NextSample;

    /// <summary>How many messages, from the first, are in the committer's hands or were durable before.</summary>
    private long CompleteMessages => overtaking.FirstMessage - 1 ?? messageNumber;

    /// <summary>Takes one message.</summary>
    /// <exception cref="DendriteException">The message is at fault; what came before it stands.</exception>
    public Task ReceiveAsync(V1.AppendRequest request, CancellationToken cancellation)
    {
        messageNumber++;
        return request.MessageCase switch
        {
            V1.AppendRequest.MessageOneofCase.Block => ReceiveBlockAsync(request.Block, cancellation),
            V1.AppendRequest.MessageOneofCase.Gap => ReceiveGapAsync(request.Gap, cancellation),
            V1.AppendRequest.MessageOneofCase.Annotations => ReceiveAsync(request.Annotations, cancellation),
            V1.AppendRequest.MessageOneofCase.TimeAnchors => ReceiveAsync(request.TimeAnchors, cancellation),
            V1.AppendRequest.MessageOneofCase.Open => throw ProtocolError(
                "a second open: a call appends to one stream; begin another call"
            ),
            _ => throw ProtocolError(
                "an empty message, or one newer than this server; send blocks, gaps, annotations, time_anchors or close"
            ),
        };
    }

    /// <summary>Ends the recording: checks where it ends, and finishes it if asked to.</summary>
    public async Task CloseAsync(V1.AppendClose close, CancellationToken cancellation)
    {
        if (FindHole() is { } hole)
        {
            throw hole;
        }

        if (close.HasEndSample && close.EndSample != position.NextSample)
        {
            throw new DendriteException(
                ErrorReason.SamplesOutOfRange,
                $"close.end_sample: the stream was received up to sample {position.NextSample}, not "
                    + $"{close.EndSample}: send the "
                    + "rest, or declare it a gap. Nothing was finished."
            );
        }

        if (close.Finish)
        {
            messageNumber++;
            await writer.AcquireAsync(SmallMessageBytes, cancellation);
            committer.Enqueue(NewItem(SmallMessageBytes) with { Finish = true });
        }
    }

    /// <summary>What is at fault when no more comes: a hole that was never filled; null where there is none.</summary>
    public DendriteException? FindHole() =>
        Hole is { } missing
            ? new(
                ErrorReason.BlockOutOfOrder,
                $"{writer.Opened.Name}: sample {missing} never came, and later ones did, which are not stored: send "
                    + "from there, or declare what is missing with a gap."
            )
            {
                Metadata = NextSample(missing),
            }
            : null;

    /// <summary>Lets go of what still waits. After it nothing is received.</summary>
    public void Drop()
    {
        foreach (var held in overtaking.TakeAll())
        {
            writer.Release(held.Bytes);
        }
    }

    private async Task ReceiveBlockAsync(V1.SampleBlock message, CancellationToken cancellation)
    {
        var bytes = SizeOf(message);
        await writer.AcquireAsync(bytes, cancellation);
        await TakeAsync(bytes, () => BatchPiece.Of(verifier.Verify(message, groups, "block")), cancellation);
    }

    private async Task ReceiveGapAsync(V1.Gap message, CancellationToken cancellation)
    {
        var gap = BatchPiece.Of(TimeMapper.Read(message, groups.Count, "gap"));
        var bytes = SizeOf(message);
        await writer.AcquireAsync(bytes, cancellation);
        await TakeAsync(bytes, () => gap, cancellation);
    }

    /// <summary>Places what a message brought, and then what waited for it.</summary>
    /// <param name="bytes">Acquired; released again unless the piece keeps them.</param>
    private async Task TakeAsync(long bytes, Func<BatchPiece> read, CancellationToken cancellation)
    {
        await PlaceAsync(bytes, () => new(read(), messageNumber, bytes), cancellation);
        while (overtaking.TakeReady(position) is { } ready)
        {
            await PlaceAsync(ready.Bytes, () => ready, cancellation);
        }
    }

    private async Task PlaceAsync(long bytes, Func<HeldPiece> read, CancellationToken cancellation)
    {
        var isKept = false;
        try
        {
            isKept = await PlaceAsync(read(), cancellation);
        }
        finally
        {
            if (!isKept)
            {
                writer.Release(bytes);
            }
        }
    }

    /// <returns>Whether it keeps its bytes: it is on its way to the disk, or waits.</returns>
    private async Task<bool> PlaceAsync(HeldPiece held, CancellationToken cancellation)
    {
        var piece = held.Piece;
        var placement = piece.PlaceIn(position);
        switch (placement)
        {
            case BlockPlacement.Next:
                position.MoveTo(piece.Group, piece.Range.End);
                var item = NewItem(held.Bytes);
                committer.Enqueue(
                    piece.Block is { } block ? item with { Blocks = [block] } : item with { Gaps = [piece.Gap!] }
                );
                return true;
            case BlockPlacement.Duplicate:
                await RequireDuplicateAsync(piece, cancellation);
                return false;
            case BlockPlacement.Hole when overtaking.TryHold(held):
                return true;
            default:
                var expected = piece.Group is { } group ? position.EndOf(group) : position.NextSample;
                throw OutOfOrder(placement, piece.Range, expected);
        }
    }

    private Task ReceiveAsync(V1.AppendAnnotations message, CancellationToken cancellation)
    {
        RequireCount(message.Annotations.Count, "annotations.annotations");
        var annotations = message
            .Annotations.Select(
                (annotation, index) =>
                    AnnotationMapper.Read(annotation, writer.Opened.Stream, $"annotations.annotations[{index}]")
            )
            .ToArray();
        return EnqueueAsync(SizeOf(message), item => item with { Annotations = annotations }, cancellation);
    }

    private Task ReceiveAsync(V1.AppendTimeAnchors message, CancellationToken cancellation)
    {
        RequireCount(message.Anchors.Count, "time_anchors.anchors");
        var anchors = TimeMapper.ReadAll(message.Anchors, "time_anchors.anchors");
        return EnqueueAsync(SizeOf(message), item => item with { Anchors = anchors }, cancellation);
    }

    private async Task EnqueueAsync(long bytes, Func<AppendItem, AppendItem> fill, CancellationToken cancellation)
    {
        await writer.AcquireAsync(bytes, cancellation);
        committer.Enqueue(fill(NewItem(bytes)));
    }

    private static long SizeOf(IMessage message) => Math.Max(message.CalculateSize(), SmallMessageBytes);

    private AppendItem NewItem(long bytes) => new(writer, position.GroupEnds, CompleteMessages, bytes);

    /// <summary>
    /// What is sent again may still be on its way to the disk: it can be compared when that has settled.
    /// </summary>
    private async Task RequireDuplicateAsync(BatchPiece piece, CancellationToken cancellation)
    {
        await writer.SettledAsync().WaitAsync(cancellation);
        if (writer.Failure is { } failure)
        {
            throw failure;
        }

        await (
            piece.Block is { } block
                ? duplicates.RequireSameAsync(writer.Opened, block, cancellation)
                : duplicates.RequireSameAsync(writer.Opened, piece.Gap!, cancellation)
        );
        writer.NoteDurable(CompleteMessages);
    }

    private static void RequireCount(int count, string field)
    {
        if (count is 0 or > MaxAnnotations)
        {
            throw DendriteException.Invalid(field, $"{count} entries; send 1 to {MaxAnnotations} in a message");
        }
    }

    private DendriteException OutOfOrder(BlockPlacement placement, SampleRange range, long expected)
    {
        var remedy =
            placement == BlockPlacement.Hole
                ? "too much has overtaken what is missing: send that first, or declare it with a gap"
                : $"cut it at sample {expected}";
        return new(
            ErrorReason.BlockOutOfOrder,
            $"{writer.Opened.Name}: samples {range.Start} to {range.End} came where sample {expected} is next; "
                + $"{remedy}."
        )
        {
            Metadata = NextSample(expected),
        };
    }

    private static Dictionary<string, string> NextSample(long sample) =>
        new(StringComparer.Ordinal) { ["next_sample"] = sample.ToString() };

    private static DendriteException ProtocolError(string what) =>
        new(ErrorReason.ProtocolViolation, $"After open came {what}.");
}
