using Dendrite.Client.Appending;

namespace Dendrite.Client.Spools;

/// <summary>
/// The spool as what a call sends: reads on from where the stream stands, counts what is on its way, trims what was
/// acknowledged. Holds no samples: what has to be sent again is read again. One sender and one acknowledger at a time.
/// </summary>
internal sealed class Outbox(Spool spool, SpoolStateFile state, TimeProvider time) : ISendQueue
{
    private readonly Lock gate = new();
    private readonly OutboxWindow window = new();
    private readonly FoundHoles holes = new();
    private TaskCompletionSource changed = NewSignal();
    private SpoolMark durable = SpoolMark.At(spool, state.State);
    private SpoolCursor? cursor;
    private long session;
    private bool completed;
    private bool ended;

    /// <summary>When the close of a call was due or, later, the last message acknowledged; null before.</summary>
    private long? closingSince;

    /// <summary>Behind records that the stream holds already, while others before them are on their way.</summary>
    private SpoolMark? skipped;

    /// <summary>Payload that may be on its way, in bytes; a single larger message goes alone.</summary>
    public long CapacityBytes { get; set; }

    /// <summary>Ends a call in which there was nothing to send for so long; it is opened again when there is.</summary>
    public TimeSpan IdleLimit { get; set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Told what was acknowledged, the timestamp, and how long it was on its way.</summary>
    public Action<InFlight, long, TimeSpan> Acknowledged { get; set; } = (_, _, _) => { };

    /// <summary>
    /// Told each gap at its first sending that no record declared: something was damaged, is missing or too large.
    /// </summary>
    public Action<FoundHole> HoleFound { get; set; } = _ => { };

    /// <summary>The stream's index of the gateway's sample 0, of the session that was sent last; null before.</summary>
    public long? Origin
    {
        get
        {
            lock (gate)
            {
                return state.State.Origins.TryGetValue(session, out var origin) ? origin : null;
            }
        }
    }

    /// <summary>Bytes of records that are not known to be durable.</summary>
    public long PendingBytes
    {
        get
        {
            lock (gate)
            {
                return spool.BytesFrom(durable.Position);
            }
        }
    }

    /// <summary>Up to where everything is known to be durable.</summary>
    public SpoolMark Durable
    {
        get
        {
            lock (gate)
            {
                return durable;
            }
        }
    }

    /// <summary>Where the stream must stand when all that was sent is durable.</summary>
    public long? SentThrough
    {
        get
        {
            lock (gate)
            {
                return cursor?.End;
            }
        }
    }

    /// <summary>Where its farthest channel group then stands.</summary>
    public long? FarthestSent
    {
        get
        {
            lock (gate)
            {
                return cursor?.FarthestEnd;
            }
        }
    }

    /// <summary>
    /// How long something is waited for: the acknowledgement of the oldest message that is on its way or, where there
    /// is none and none will come in this call, its end.
    /// </summary>
    public TimeSpan LongestWait
    {
        get
        {
            lock (gate)
            {
                return (window.OldestSentAt ?? closingSince) is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Whether a call is open.</summary>
    public bool IsOpen => Read(() => cursor is not null);

    public bool HasInFlight => Read(() => window.HasInFlight);

    /// <summary>Whether the call that was opened last has sent everything that there will ever be.</summary>
    public bool AllSent { get; private set; }

    /// <summary>Something was spooled.</summary>
    public void Signal()
    {
        lock (gate)
        {
            Wake();
        }
    }

    /// <summary>Nothing will be spooled any more.</summary>
    public void Complete()
    {
        lock (gate)
        {
            completed = true;
            Wake();
        }
    }

    /// <summary>Ends when there is something to send, or nothing will come.</summary>
    public async Task WaitForWorkAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (completed || spool.BytesFrom(durable.Position) > 0)
                {
                    return;
                }

                wait = changed.Task;
            }

            await wait.WaitAsync(cancellation);
        }
    }

    /// <summary>A call begins on a stream that stands there: the rest is sent again, in blocks of that size.</summary>
    public void Rewind(IReadOnlyList<long> groupEnds, int maxBlockBytes)
    {
        lock (gate)
        {
            Forget();
            cursor = new(spool, state, groupEnds, durable, maxBlockBytes);
            session = 0;
            ended = AllSent = false;
            Wake();
        }
    }

    /// <summary>
    /// Another writer's samples came behind what is known to be durable: what is not gets its place behind them, since
    /// nobody can tell which of it lies before.
    /// </summary>
    /// <param name="epoch">Under which this gateway writes from now on.</param>
    /// <param name="groupEnds">Where each group of the stream stands.</param>
    public void MoveBehind(long epoch, long[] groupEnds)
    {
        lock (gate)
        {
            durable = durable with { Stored = groupEnds };
            state.MoveBehind(epoch, durable);
        }
    }

    /// <summary>
    /// Where the oldest record that is on its way is an event (annotations, anchors), it is not sent again: the service
    /// refuses it for good.
    /// </summary>
    /// <returns>Its messages; none where the oldest is something else.</returns>
    public V1.AppendRequest[] SetAside()
    {
        lock (gate)
        {
            var refused = window.FindOldestEvent();
            if (refused is [.., { Behind: { } behind }])
            {
                MoveDurable(behind);
            }

            return [.. refused.Select(trace => trace.Event!)];
        }
    }

    /// <summary>The call is over: nothing is on its way.</summary>
    public void Release()
    {
        lock (gate)
        {
            if (cursor is not null)
            {
                state.Remember(durable);
            }

            Forget();
            cursor = null;
            spool.Release();
        }
    }

    public async Task<OutgoingMessage?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task wait;
            bool idle;
            lock (gate)
            {
                if (!ended && TryTake() is { } message)
                {
                    return message;
                }

                idle = !window.HasInFlight;
                AllSent = !ended && completed && !window.HasReady && cursor!.IsAtEnd;
                if (ended || AllSent)
                {
                    closingSince = time.GetTimestamp();
                    return null;
                }

                wait = changed.Task;
            }

            await WaitAsync(wait, idle, cancellation);
        }
    }

    /// <exception cref="Grpc.Core.RpcException">The acknowledgement cannot be of what was sent.</exception>
    public void Acknowledge(int messageCount, long throughSample)
    {
        List<InFlight> acknowledged;
        lock (gate)
        {
            acknowledged = window.Acknowledge(messageCount);
            // Checked before anything is deleted: a number that was damaged on its way must not cost samples.
            if (acknowledged is [.., var last] && last.Through != throughSample)
            {
                throw SendQueue.Contradiction(last.Through, throughSample);
            }

            var reached = acknowledged.FindLast(sent => sent.Behind is not null).Behind ?? durable;
            closingSince = closingSince is null ? null : time.GetTimestamp();
            MoveDurable(window.IsEmpty ? skipped ?? reached : reached);
            Wake();
        }

        var now = time.GetTimestamp();
        foreach (var sent in acknowledged)
        {
            Acknowledged(sent, now, time.GetElapsedTime(sent.SentAt, now));
        }
    }

    /// <summary>
    /// Called now and then: of events that became durable soon after others, nothing more may come to note them with.
    /// </summary>
    public void RememberEvents()
    {
        lock (gate)
        {
            state.RememberEvent(durable, time);
        }
    }

    private T Read<T>(Func<T> what)
    {
        lock (gate)
        {
            return what();
        }
    }

    private async Task WaitAsync(Task wait, bool idle, CancellationToken cancellation)
    {
        if (!idle || IdleLimit == Timeout.InfiniteTimeSpan)
        {
            await wait.WaitAsync(cancellation);
            return;
        }

        try
        {
            await wait.WaitAsync(IdleLimit, time, cancellation);
        }
        catch (TimeoutException)
        {
            lock (gate)
            {
                // What came in this moment is sent by the next call.
                ended = !window.HasInFlight;
            }
        }
    }

    private OutgoingMessage? TryTake()
    {
        while (window.HasRoom(CapacityBytes))
        {
            if (window.Send(time.GetTimestamp()) is { } next)
            {
                skipped = null;
                return next;
            }

            if (cursor!.Next() is not { } record)
            {
                return null;
            }

            session = cursor.Session;
            Add(record);
        }

        return null;
    }

    private void Add(in PlacedRecord record)
    {
        if (record.Messages.Count == 0)
        {
            SkipTo(record.Behind);
            return;
        }

        for (var i = 0; i < record.Messages.Count; i++)
        {
            var placed = record.Messages[i];
            var message = OutgoingMessage.Of(placed.Request);
            var behind = i == record.Messages.Count - 1 ? record.Behind : null;
            window.Add(message, new(message.Bytes, behind, placed.Through, placed.Request));
            // Before a gap that was declared samples may be missing too that it does not declare.
            if ((!record.IsGap || placed.IsLoss) && holes.TryFind(placed, state.State.Origins[session]) is { } hole)
            {
                HoleFound(hole);
            }
        }
    }

    /// <summary>What the stream holds already needs no acknowledgement.</summary>
    private void SkipTo(SpoolMark mark)
    {
        if (window.IsEmpty)
        {
            MoveDurable(mark);
        }
        else
        {
            skipped = mark;
        }
    }

    private void MoveDurable(SpoolMark mark)
    {
        durable = durable.MoveTo(mark);
        spool.Trim(durable.Position);
        state.RememberEvent(durable, time);
    }

    private void Forget()
    {
        window.Clear();
        skipped = null;
        closingSince = null;
    }

    private void Wake()
    {
        changed.TrySetResult();
        changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
