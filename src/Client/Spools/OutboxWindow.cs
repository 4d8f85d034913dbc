using Dendrite.Client.Appending;

namespace Dendrite.Client.Spools;

/// <summary>
/// What a call has read of the spool and does not know to be durable: what is on its way, and behind it what is to be
/// sent next. For one caller at a time.
/// </summary>
internal sealed class OutboxWindow
{
    private readonly Queue<(OutgoingMessage Message, InFlight Trace)> ready = [];
    private readonly Queue<InFlight> inFlight = [];

    /// <summary>Of what is on its way.</summary>
    private long bytes;

    public bool IsEmpty => inFlight.Count == 0 && ready.Count == 0;

    public bool HasReady => ready.Count > 0;

    public bool HasInFlight => inFlight.Count > 0;

    /// <summary>When the oldest message that is on its way was sent; null where there is none.</summary>
    public long? OldestSentAt => inFlight.TryPeek(out var oldest) ? oldest.SentAt : null;

    /// <summary>Whether one more may be sent; a larger one goes alone.</summary>
    public bool HasRoom(long capacityBytes) => inFlight.Count == 0 || bytes < capacityBytes;

    public void Add(OutgoingMessage message, in InFlight trace) => ready.Enqueue((message, trace));

    /// <summary>The next one; it is on its way from now on. Null where none is ready.</summary>
    public OutgoingMessage? Send(long now)
    {
        if (!ready.TryDequeue(out var next))
        {
            return null;
        }

        inFlight.Enqueue(next.Trace with { SentAt = now });
        bytes += next.Trace.Bytes;
        return next.Message;
    }

    /// <summary>Takes out the oldest that are on their way, so many or all of them.</summary>
    public List<InFlight> Acknowledge(int messageCount)
    {
        List<InFlight> acknowledged = [];
        for (; messageCount > 0 && inFlight.TryDequeue(out var sent); messageCount--)
        {
            acknowledged.Add(sent);
            bytes -= sent.Bytes;
        }

        return acknowledged;
    }

    /// <summary>
    /// Where the oldest that is on its way is of an event (annotations, anchors), what is left of its record; else
    /// nothing.
    /// </summary>
    public InFlight[] FindOldestEvent()
    {
        if (!inFlight.TryPeek(out var oldest) || oldest.Event is null)
        {
            return [];
        }

        var all = inFlight.Concat(ready.Select(next => next.Trace)).ToArray();
        return all[..(Array.FindIndex(all, trace => trace.Behind is not null) + 1)];
    }

    public void Clear()
    {
        inFlight.Clear();
        ready.Clear();
        bytes = 0;
    }
}
