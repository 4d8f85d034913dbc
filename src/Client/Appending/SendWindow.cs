using System.Runtime.ExceptionServices;

namespace Dendrite.Client.Appending;

/// <summary>
/// The messages that are not known to be durable, in order: kept until they are, so that any of them can be sent again.
/// Bounded by bytes: whoever adds to a full window waits. One adder, one sender and one acknowledger at a time may use
/// it.
/// </summary>
internal sealed class SendWindow : ISendQueue
{
    private readonly Lock gate = new();
    private readonly List<OutgoingMessage> messages = [];
    private TaskCompletionSource changed = NewSignal();
    private int sent;
    private long bytes;
    private bool completed;
    private Exception? failure;

    /// <summary>Payload that may wait here, in bytes; a single larger message is let through alone.</summary>
    public long CapacityBytes { get; set; }

    /// <summary>The largest payload of a block in bytes; a larger one is cut when it is sent.</summary>
    public int MaxBlockBytes { get; set; } = int.MaxValue;

    /// <summary>Whether nothing waits for its acknowledgement, nor for the end.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return messages.Count == 0 && !completed;
            }
        }
    }

    /// <summary>Adds a message, when there is room for it.</summary>
    /// <exception cref="Exception">The one given to <see cref="Fail"/>.</exception>
    /// <exception cref="ObjectDisposedException">It is complete: nobody would send the message.</exception>
    public async Task AddAsync(OutgoingMessage message, CancellationToken cancellation)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                ThrowIfFailed();
                ObjectDisposedException.ThrowIf(completed, typeof(SignalWriter));
                if (messages.Count == 0 || bytes + message.Bytes <= CapacityBytes)
                {
                    messages.Add(message);
                    bytes += message.Bytes;
                    Signal();
                    return;
                }

                wait = changed.Task;
            }

            await wait.WaitAsync(cancellation);
        }
    }

    /// <summary>The next message to send in this call; null when there are no more and none will come.</summary>
    public async Task<OutgoingMessage?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                if (sent < messages.Count)
                {
                    CutNext();
                    return messages[sent++];
                }

                if (completed)
                {
                    return null;
                }

                wait = changed.Task;
            }

            await wait.WaitAsync(cancellation);
        }
    }

    /// <summary>A new call begins: forgets what the stream holds already and sends the rest again.</summary>
    public void Rewind(IReadOnlyList<long> groupEnds)
    {
        lock (gate)
        {
            messages.RemoveAll(message => message.IsDurableAt(groupEnds));
            bytes = messages.Sum(message => message.Bytes);
            sent = 0;
            Signal();
        }
    }

    /// <summary>
    /// The first messages that were sent are durable. A close that finishes counts too and is not kept here.
    /// </summary>
    public void Acknowledge(int messageCount, long throughSample)
    {
        lock (gate)
        {
            var count = Math.Min(messageCount, messages.Count);
            bytes -= messages.Take(count).Sum(message => message.Bytes);
            messages.RemoveRange(0, count);
            sent -= count;
            Signal();
        }
    }

    /// <summary>No more messages will be added.</summary>
    public void Complete()
    {
        lock (gate)
        {
            completed = true;
            Signal();
        }
    }

    /// <summary>Ends when nothing waits for its acknowledgement.</summary>
    /// <exception cref="Exception">The one given to <see cref="Fail"/>.</exception>
    public async Task EmptyAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task wait;
            lock (gate)
            {
                ThrowIfFailed();
                if (messages.Count == 0)
                {
                    return;
                }

                wait = changed.Task;
            }

            await wait.WaitAsync(cancellation);
        }
    }

    /// <summary>Nothing will become durable any more: whoever waits, or comes later, gets the reason.</summary>
    public void Fail(Exception reason)
    {
        lock (gate)
        {
            failure ??= reason;
            Signal();
        }
    }

    /// <summary>
    /// Not when it is added: by the time that it is sent, or sent again, the service may take less than it did.
    /// </summary>
    private void CutNext()
    {
        var next = messages[sent];
        if (next.Request.Block is not { } block || block.Payload.Length <= MaxBlockBytes)
        {
            return;
        }

        var pieces = OutgoingMessage.OfPieces(block, MaxBlockBytes);
        messages.RemoveAt(sent);
        messages.InsertRange(sent, pieces);
        bytes += pieces.Sum(piece => piece.Bytes) - next.Bytes;
    }

    private void ThrowIfFailed()
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Signal()
    {
        changed.TrySetResult();
        changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
