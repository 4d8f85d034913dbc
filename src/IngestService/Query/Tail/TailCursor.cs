namespace Dendrite.IngestService.Query.Tail;

/// <summary>
/// What a follower has for one reader: the newest head that the reader has not taken, and since when there has been
/// one. However slow the reader is, this is one head; the follower never waits. For one follower and one reader at
/// once.
/// </summary>
internal sealed class TailCursor
{
    private readonly Lock gate = new();
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TailHead? offered;
    private TailHead? taken;
    private long offeredAt;
    private Exception? failure;

    /// <param name="firstLook">
    /// The look that the reader waits for: one that was begun before it came may not know what it wrote itself.
    /// </param>
    public TailCursor(long firstLook) => FirstLook = firstLook;

    public long FirstLook { get; }

    /// <summary>Number of the head that was taken last; 0 before the first.</summary>
    public long TakenNumber
    {
        get
        {
            lock (gate)
            {
                return taken?.Number ?? 0;
            }
        }
    }

    /// <summary>Takes the place of a head that was offered before and not taken.</summary>
    /// <param name="timestamp">Now.</param>
    public void Offer(TailHead head, long timestamp)
    {
        lock (gate)
        {
            if (ReferenceEquals(head, taken) || ReferenceEquals(head, offered))
            {
                return;
            }

            // Since when the reader is behind does not change while it is.
            offeredAt = offered is null ? timestamp : offeredAt;
            offered = head;
            changed.TrySetResult();
        }
    }

    /// <summary>Nothing comes any more: the reader gets what is offered, and then this.</summary>
    public void Fail(Exception reason)
    {
        lock (gate)
        {
            failure ??= reason;
            changed.TrySetResult();
        }
    }

    /// <summary>Waits for a head that was not taken yet.</summary>
    /// <returns>The head, and since when there has been one that is newer than the one taken before.</returns>
    public async Task<(TailHead Head, long Since)> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task waiting;
            lock (gate)
            {
                if (TakeOffered() is { } head)
                {
                    return (head, offeredAt);
                }

                if (failure is not null)
                {
                    throw failure;
                }

                changed = changed.Task.IsCompleted ? new(TaskCreationOptions.RunContinuationsAsynchronously) : changed;
                waiting = changed.Task;
            }

            await waiting.WaitAsync(cancellation);
        }
    }

    /// <summary>The head that was not taken yet; null where there is none, or it is not one of those.</summary>
    public TailHead? TryTake(Predicate<TailHead> wanted)
    {
        lock (gate)
        {
            return offered is not null && wanted(offered) ? TakeOffered() : null;
        }
    }

    private TailHead? TakeOffered()
    {
        var head = offered;
        taken = head ?? taken;
        offered = null;
        return head;
    }
}
