using System.Threading.Channels;
using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.IngestService.Append;

/// <summary>
/// One call of <c>Append</c> from open to end. Receiving, committing and acknowledging go on side by side; whatever
/// ends the receiving, what was received and is sound is committed and acknowledged before the call ends.
/// </summary>
internal sealed class AppendSession(
    OpenedStream opened,
    AppendParts parts,
    IAsyncStreamReader<V1.AppendRequest> requests,
    IServerStreamWriter<V1.AppendResponse> responses
)
{
    /// <summary>More than what a block holds of the budgets beside its payload: its metadata, mostly.</summary>
    private const int BlockFieldsBytes = 16 << 10;

    /// <summary>
    /// Acknowledgements that were not sent yet are one: the newest says all. A client that reads none costs nothing.
    /// </summary>
    private readonly Channel<bool> changed = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly CancellationTokenSource idle = new(parts.Options.IdleTimeout, parts.Time);

    /// <summary>Runs while a block waits for one that it overtook.</summary>
    private readonly CancellationTokenSource overdue = new(Timeout.InfiniteTimeSpan, parts.Time);

    private long? holeBefore;

    /// <exception cref="DendriteException">Why the call did not end as the client asked.</exception>
    public async Task RunAsync(CancellationToken callEnded)
    {
        using var _ = idle;
        using var __ = overdue;
        var sessionBudget = new ByteBudget(parts.Options.MaxSessionBytesInFlight);
        var writer = new StreamWriter(opened, sessionBudget, parts.Committers.ServerBudget);
        writer.Changed += () => changed.Writer.TryWrite(true);
        using var committer = parts.Committers.Join(opened.Key);
        // Room is left for the largest block, which may be the one that is waited for.
        var options = parts.Options;
        var most = options.MaxSessionBytesInFlight;
        var overtaking = Math.Min(most / 2, most - options.MaxBlockBytes - BlockFieldsBytes);
        var held = new HeldPieces(overtaking, parts.Committers.OvertakingBudget);
        var receiver = new MessageReceiver(writer, committer, parts.Verifier, parts.Duplicates, held);
        var acknowledging = Task.CompletedTask;
        V1.AppendClose? close;
        DendriteException? fault;
        try
        {
            await responses.WriteAsync(new() { Opened = ToOpened() }, callEnded);
            acknowledging = AcknowledgeAsync(writer, callEnded);
            (close, fault) = await ReceiveAllAsync(receiver, writer, callEnded);
        }
        finally
        {
            receiver.Drop();
            await writer.SettledAsync();
            // A writer is settled a moment before it says that it changed: what is durable is told here in any case.
            changed.Writer.TryWrite(true);
            changed.Writer.Complete();
            await acknowledging;
            await parts.Opener.CloseAsync(opened, CancellationToken.None);
        }

        if ((writer.Failure ?? fault) is { } failure)
        {
            throw failure;
        }

        await responses.WriteAsync(new() { Closed = ToClosed(writer, close) }, callEnded);
    }

    /// <summary>Receives until the client closes, or something is at fault: then says what.</summary>
    private async Task<(V1.AppendClose? Close, DendriteException? Fault)> ReceiveAllAsync(
        MessageReceiver receiver,
        StreamWriter writer,
        CancellationToken callEnded
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            callEnded,
            parts.Draining,
            writer.Failed,
            idle.Token,
            overdue.Token
        );
        try
        {
            // The read ends with the token and is not left behind: the server uses the call's pipe again.
            while (await requests.MoveNext(stop.Token))
            {
                idle.CancelAfter(parts.Options.IdleTimeout);
                var request = requests.Current;
                if (request.MessageCase == V1.AppendRequest.MessageOneofCase.Close)
                {
                    await receiver.CloseAsync(request.Close, stop.Token);
                    return (request.Close, null);
                }

                await receiver.ReceiveAsync(request, stop.Token);
                WatchHole(receiver.Hole);
            }

            return (null, receiver.FindHole());
        }
        catch (DendriteException fault)
        {
            return (null, fault);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            var hole = overdue.IsCancellationRequested ? receiver.FindHole() : null;
            return (null, hole ?? WhyStopped(callEnded));
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
        {
            var limit = parts.Options.MaxBlockBytes;
            return (
                null,
                new(
                    ErrorReason.QuotaExceeded,
                    $"{refused.Status.Detail} Send blocks of at most {limit} bytes.",
                    refused
                )
            );
        }
        catch (Exception lost) when (lost is IOException or RpcException or InvalidOperationException)
        {
            return (null, new(ErrorReason.Unavailable, "The client went away; what was received is stored.", lost));
        }
    }

    /// <summary>A hole that is filled within the time, or moves on, is the network's doing and no fault.</summary>
    private void WatchHole(long? hole)
    {
        if (hole != holeBefore)
        {
            overdue.CancelAfter(hole is null ? Timeout.InfiniteTimeSpan : parts.Options.MaxReorderDelay);
            holeBefore = hole;
        }
    }

    private DendriteException WhyStopped(CancellationToken callEnded) =>
        callEnded.IsCancellationRequested
            ? new(ErrorReason.Unavailable, "The call was cancelled; what was received is stored.")
        : idle.IsCancellationRequested
            ? new(
                ErrorReason.Unavailable,
                $"Nothing came for {parts.Options.IdleTimeout.TotalSeconds} s; everything received is stored. Open "
                    + "again to go on."
            )
        : new(
            ErrorReason.Unavailable,
            "This replica is stopping; what it acknowledged is stored. Open the stream again to go on at another one."
        )
        {
            RetryAfter = TimeSpan.FromMilliseconds(100),
        };

    /// <summary>Sends the newest state after each change, until there are no more changes.</summary>
    private async Task AcknowledgeAsync(StreamWriter writer, CancellationToken callEnded)
    {
        var sent = writer.Durable;
        await foreach (var _ in changed.Reader.ReadAllAsync(CancellationToken.None))
        {
            var now = writer.Durable;
            if (now == sent)
            {
                continue;
            }

            try
            {
                await responses.WriteAsync(new() { Acked = ToAcked(now, sent) }, callEnded);
            }
            catch (Exception gone)
                when (gone is OperationCanceledException or InvalidOperationException or IOException or RpcException)
            {
                // Nobody is there to hear it; the receiving side finds out by itself.
                return;
            }

            sent = now;
        }
    }

    private static V1.AppendAcked ToAcked(DurableState now, DurableState before) =>
        new()
        {
            ThroughSample = now.ThroughSample,
            Version = now.Version.Value,
            PreviousThroughSample = before.ThroughSample,
            DurableMessages = now.MessageCount,
        };

    private V1.AppendOpened ToOpened()
    {
        var lease = opened.Lease;
        var answer = new V1.AppendOpened
        {
            Stream = opened.Name.ToString(),
            NextSample = lease.NextSample,
            Epoch = lease.Epoch,
            MaxBytesInFlight = parts.Options.MaxSessionBytesInFlight,
            MaxBlockBytes = parts.Options.MaxBlockBytes,
            AcknowledgedVersion = lease.Version.Value,
            Created = opened.Created,
            IdleTimeout = Duration.FromTimeSpan(parts.Options.IdleTimeout),
        };
        answer.Encodings.Add([V1.BlockEncoding.DendriteV1, V1.BlockEncoding.Raw]);
        if (lease.GroupEnds.Any(end => end != lease.NextSample))
        {
            answer.Groups.AddRange(
                lease.GroupEnds.Select(
                    (end, group) => new V1.ChannelGroupProgress { ChannelGroup = group, NextSample = end }
                )
            );
        }

        return answer;
    }

    private static V1.AppendClosed ToClosed(StreamWriter writer, V1.AppendClose? close) =>
        new()
        {
            ThroughSample = writer.Durable.ThroughSample,
            Version = writer.Durable.MessageCount > 0 ? writer.Durable.Version.Value : 0,
            Finished = close?.Finish ?? false,
        };
}
