using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Append;

/// <summary>
/// Takes the messages of one writer after its open: checks each, places it behind the ones before, and hands it to the
/// committer. Holds no more than the budgets allow; while it waits for them it reads nothing.
/// </summary>
internal sealed class MessageReceiver(
    StreamWriter writer,
    CommitterLease committer,
    BlockVerifier verifier,
    DuplicateCheck duplicates,
    Func<long, CancellationToken, Task> acquire
)
{
    private const int MaxAnnotations = 1_000;

    /// <summary>What a message without a payload holds of the budgets.</summary>
    private const int SmallMessageBytes = 256;

    private readonly StreamPosition position = new(writer.Opened.Lease.GroupEnds);
    private readonly IReadOnlyList<ChannelGroup> groups = writer.Opened.Stream.Descriptor.Groups;
    private long messageNumber;

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
            await acquire(SmallMessageBytes, cancellation);
            committer.Enqueue(NewItem(SmallMessageBytes) with { Finish = true });
        }
    }

    private async Task ReceiveBlockAsync(V1.SampleBlock message, CancellationToken cancellation)
    {
        var bytes = Math.Max(message.Payload.Length, SmallMessageBytes);
        await acquire(bytes, cancellation);
        var enqueued = false;
        try
        {
            var block = verifier.Verify(message, groups, "block");
            var placement = position.Place(block.ChannelGroup, block.FirstSample, block.Header.SampleCount);
            switch (placement)
            {
                case BlockPlacement.Next:
                    position.MoveTo(block.ChannelGroup, block.EndSample);
                    committer.Enqueue(NewItem(bytes) with { Blocks = [block] });
                    enqueued = true;
                    break;
                case BlockPlacement.Duplicate:
                    await RequireDuplicateAsync(
                        () => duplicates.RequireSameAsync(writer.Opened, block, cancellation),
                        cancellation
                    );
                    break;
                default:
                    throw OutOfOrder(placement, block.FirstSample, block.EndSample, position.EndOf(block.ChannelGroup));
            }
        }
        finally
        {
            if (!enqueued)
            {
                writer.Release(bytes);
            }
        }
    }

    private async Task ReceiveGapAsync(V1.Gap message, CancellationToken cancellation)
    {
        var gap = TimeMapper.Read(message, groups.Count, "gap");
        var placement = gap.ChannelGroup is { } group
            ? position.Place(group, gap.Range.Start, gap.Range.Count)
            : position.PlaceInAll(gap.Range.Start, gap.Range.Count);
        switch (placement)
        {
            case BlockPlacement.Next:
                position.MoveTo(gap.ChannelGroup, gap.Range.End);
                await EnqueueAsync(item => item with { Gaps = [gap] }, cancellation);
                break;
            case BlockPlacement.Duplicate:
                await RequireDuplicateAsync(
                    () => duplicates.RequireSameAsync(writer.Opened, gap, cancellation),
                    cancellation
                );
                break;
            default:
                throw OutOfOrder(placement, gap.Range.Start, gap.Range.End, position.NextSample);
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
        return EnqueueAsync(item => item with { Annotations = annotations }, cancellation);
    }

    private Task ReceiveAsync(V1.AppendTimeAnchors message, CancellationToken cancellation)
    {
        RequireCount(message.Anchors.Count, "time_anchors.anchors");
        var anchors = message
            .Anchors.Select((anchor, index) => TimeMapper.Read(anchor, $"time_anchors.anchors[{index}]"))
            .ToArray();
        return EnqueueAsync(item => item with { Anchors = anchors }, cancellation);
    }

    private async Task EnqueueAsync(Func<AppendItem, AppendItem> fill, CancellationToken cancellation)
    {
        await acquire(SmallMessageBytes, cancellation);
        committer.Enqueue(fill(NewItem(SmallMessageBytes)));
    }

    private AppendItem NewItem(long bytes) => new(writer, position.GroupEnds, messageNumber, bytes);

    /// <summary>
    /// What is sent again may still be on its way to the disk: it can be compared when that has settled.
    /// </summary>
    private async Task RequireDuplicateAsync(Func<Task> requireSame, CancellationToken cancellation)
    {
        await writer.SettledAsync().WaitAsync(cancellation);
        if (writer.Failure is { } failure)
        {
            throw failure;
        }

        await requireSame();
        writer.NoteDurable(messageNumber);
    }

    private static void RequireCount(int count, string field)
    {
        if (count is 0 or > MaxAnnotations)
        {
            throw DendriteException.Invalid(field, $"{count} entries; send 1 to {MaxAnnotations} in a message");
        }
    }

    private DendriteException OutOfOrder(BlockPlacement placement, long start, long end, long expected)
    {
        var remedy =
            placement == BlockPlacement.Hole
                ? "send what is missing first, or declare it with a gap"
                : $"cut it at sample {expected}";
        return new(
            ErrorReason.BlockOutOfOrder,
            $"{writer.Opened.Name}: samples {start} to {end} came where sample {expected} is next; {remedy}."
        )
        {
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { ["next_sample"] = expected.ToString() },
        };
    }

    private static DendriteException ProtocolError(string what) =>
        new(ErrorReason.ProtocolViolation, $"After open came {what}.");
}
