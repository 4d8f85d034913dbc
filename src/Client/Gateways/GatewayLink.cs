using Dendrite.Client.Appending;
using Dendrite.Client.Connection;
using Dendrite.Client.Spools;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.Client.Gateways;

/// <summary>
/// Opens the stream, checks what the service says about it, and keeps the gateway's state up to date.
/// </summary>
internal sealed class GatewayLink(
    DendriteConnection connection,
    GatewayOptions options,
    GatewayParts parts,
    GatewayStatus status
)
{
    /// <summary>Channels of the group that has the most.</summary>
    private readonly int widestGroup = options
        .Descriptor.Channels.CountBy(one => one.ChannelGroup)
        .Max(one => one.Value);

    /// <summary>Of the request to take the stream over, as often as it is made until it is answered.</summary>
    private readonly string takeOverId = Guid.CreateVersion7(connection.Options.Time.GetUtcNow()).ToString();
    private SpoolPosition? drainUntil;
    private long? durable;
    private long highestSent;

    /// <summary>As <see cref="highestSent"/>, of the farthest channel group.</summary>
    private long farthestSent;
    private long? surprise;
    private bool connectedBefore;
    private bool isSpooling;

    /// <summary>The stream was finished by this gateway in a call whose last word was lost.</summary>
    public V1.AppendClosed? FinishedBefore { get; private set; }

    /// <summary>
    /// Opens a call. All gateways of a connection share a circuit breaker here: while the platform is away, one of them
    /// at a time finds out whether it is back.
    /// </summary>
    /// <returns>The call; null when <see cref="FinishedBefore"/> says that there is nothing to do.</returns>
    public async Task<AppendCall?> OpenAsync(bool finishing, CancellationToken cancellation)
    {
        try
        {
            return await connection.Circuit.ExecuteAsync(async token => await OpenOnceAsync(token), cancellation);
        }
        catch (RpcException failure) when (finishing && FindFinished(failure) is { } closed)
        {
            FinishedBefore = closed;
            return null;
        }
    }

    /// <summary>Everything before an index is durable.</summary>
    public void OnDurable(long sample, long version)
    {
        durable = sample;
        if (drainUntil is { } target && parts.Outbox.Durable.Position >= target)
        {
            drainUntil = null;
            status.Become(GatewayState.Streaming);
            status.Raise(at => new Drained(at));
        }

        NoteSent();
        status.OnPending(parts.Outbox.PendingBytes, parts.Sizer.Bytes);
        status.OnDurable(sample, version, parts.Outbox.Origin);
    }

    /// <summary>The call broke, or could not be made.</summary>
    public void OnBroken()
    {
        var outbox = parts.Outbox;
        NoteSent();
        if (outbox.HasInFlight)
        {
            parts.Sizer.OnBroken(connection.Options.Time.GetTimestamp());
        }

        outbox.Release();
        status.OnPending(outbox.PendingBytes, parts.Sizer.Bytes);
        status.Become(GatewayState.Spooling);
        drainUntil = null;
        if (!isSpooling)
        {
            isSpooling = true;
            status.Raise(at => new Spooling(at, outbox.PendingBytes));
        }
    }

    private void NoteSent()
    {
        highestSent = Math.Max(highestSent, parts.Outbox.SentThrough ?? 0);
        farthestSent = Math.Max(farthestSent, parts.Outbox.FarthestSent ?? 0);
    }

    private async Task<AppendCall> OpenOnceAsync(CancellationToken cancellation)
    {
        var call = new AppendCall(connection.Ingest.Append(connection.CallOptions(cancellation)));
        try
        {
            var opened = await call.OpenAsync(ToOpen(), cancellation);
            Accept(opened);
            return call;
        }
        catch
        {
            call.Dispose();
            throw;
        }
    }

    private V1.AppendOpen ToOpen()
    {
        var epoch = parts.State.State.Epoch;
        var takesOver = epoch is null || (options.TakeOver && !connectedBefore);
        var open = new V1.AppendOpen
        {
            Stream = options.Stream,
            Descriptor_ = options.Descriptor,
            CreateIfMissing = true,
            Writer = options.Writer,
            CommitMessage = options.CommitMessage,
            EpochPolicy = takesOver ? V1.EpochPolicy.TakeOver : V1.EpochPolicy.SameEpoch,
        };
        if (takesOver)
        {
            open.RequestId = takeOverId;
        }
        else
        {
            open.Epoch = epoch!.Value;
        }

        return open;
    }

    private void Accept(V1.AppendOpened opened)
    {
        var ends = GroupEnds.Of(opened, options.Descriptor);
        RequireBelievable(ends);
        var outbox = parts.Outbox;
        var isDisplaced = IsDisplaced(parts.State.State.Epoch, outbox.Durable, opened.Epoch, ends);
        if (isDisplaced)
        {
            outbox.MoveBehind(opened.Epoch, ends);
        }
        else if (parts.State.State.Epoch != opened.Epoch)
        {
            parts.State.Change(state => state with { Epoch = opened.Epoch });
        }

        outbox.CapacityBytes = Math.Min(options.MaxBytesInFlight, opened.MaxBytesInFlight);
        outbox.IdleLimit = opened.IdleTimeout?.ToTimeSpan() / 2 ?? Timeout.InfiniteTimeSpan;
        outbox.Rewind(ends, BlockLimit.Of(opened));
        parts.Sizer.Limit(BlockLimit.RawBytesOf(opened, widestGroup));
        status.OnConnected(connectedBefore);
        connectedBefore = true;
        isSpooling = false;
        status.Raise(at => new Connected(at, opened.NextSample, opened.Epoch, opened.Created));
        if (isDisplaced)
        {
            var first = outbox.Durable.Counted.Min();
            status.Raise(at => new Displaced(at, first, ends.Max()));
        }

        BeginDraining(outbox);
        OnDurable(opened.NextSample, opened.AcknowledgedVersion);
    }

    /// <summary>
    /// Whether another writer has appended since this spool was last sent: taken over from this gateway's own hand, the
    /// epoch is the next one. Where the stream does not reach beyond what is durable of the spool, it hides nothing.
    /// </summary>
    /// <param name="own">Under which this gateway wrote; null: it never did.</param>
    /// <param name="durable">What is known to be durable of the spool.</param>
    /// <param name="opened">Under which it writes from now on.</param>
    /// <param name="ends">Where each group of the stream stands.</param>
    internal static bool IsDisplaced(long? own, SpoolMark durable, long opened, long[] ends) =>
        own is { } last
        && opened != last
        && opened != last + 1
        && (durable.Stored.Count == 0 || ends.Zip(durable.Stored).Any(group => group.First > group.Second));

    private void BeginDraining(Outbox outbox)
    {
        // The mark of the session alone is nothing to drain.
        var pending = outbox.PendingBytes;
        var drains = pending > SpoolRecord.HeaderBytes;
        drainUntil = drains ? parts.Spool.End : null;
        status.Become(drains ? GatewayState.Draining : GatewayState.Streaming);
        if (drains)
        {
            status.Raise(at => new Draining(at, pending));
        }
    }

    /// <summary>
    /// The stream stands somewhere between what is known to be durable and what was sent. Another answer is asked for
    /// once more before samples are deleted for it: a number may have been damaged on its way.
    /// </summary>
    private void RequireBelievable(long[] ends)
    {
        if (durable is not { } known || (ends.Min() >= known && ends.Max() <= farthestSent))
        {
            surprise = null;
            return;
        }

        if (surprise != ends.Min())
        {
            surprise = ends.Min();
            throw SendQueue.Contradiction(known, ends.Min());
        }

        (highestSent, farthestSent) = (ends.Min(), ends.Max());
    }

    /// <summary>
    /// When the service's last word was lost, the stream that this gateway finished refuses to be opened again. That it
    /// was this gateway shows in where it ends.
    /// </summary>
    private V1.AppendClosed? FindFinished(RpcException failure)
    {
        var finished =
            ErrorStatus.FromRpcException(failure) is { Reason: ErrorReason.StreamFinished } error
            && error.Metadata.TryGetValue("end_sample", out var end)
            && end == highestSent.ToString();
        return finished
            ? new()
            {
                ThroughSample = highestSent,
                Version = status.Progress.Version,
                Finished = true,
            }
            : null;
    }
}

/// <summary>What a gateway consists of.</summary>
internal sealed record GatewayParts(Spool Spool, SpoolStateFile State, Outbox Outbox, BlockSizer Sizer);
