namespace Dendrite.IngestService.Append;

/// <summary>
/// Bytes that may be held at a time. Whoever asks for more than is left waits, first come, first served; while a
/// session waits it reads nothing, so HTTP/2 flow control holds its client back. Safe for concurrent use.
/// </summary>
/// <param name="capacity">In bytes. One request above it is let through alone, so that it cannot wait for ever.</param>
internal sealed class ByteBudget(long capacity)
{
    private readonly Lock gate = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Turn)> waiting = new();
    private long held;

    public long Held
    {
        get
        {
            lock (gate)
            {
                return held;
            }
        }
    }

    public async Task AcquireAsync(long bytes, CancellationToken cancellation)
    {
        TaskCompletionSource turn;
        lock (gate)
        {
            if (waiting.Count == 0 && Fits(bytes))
            {
                held += bytes;
                return;
            }

            turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue((bytes, turn));
        }

        await using var registration = cancellation.Register(() => turn.TrySetCanceled(cancellation));
        await turn.Task;
    }

    /// <summary>Takes what fits now, and waits for nothing.</summary>
    public bool TryAcquire(long bytes)
    {
        lock (gate)
        {
            if (waiting.Count > 0 || held + bytes > capacity)
            {
                return false;
            }

            held += bytes;
            return true;
        }
    }

    public void Release(long bytes)
    {
        lock (gate)
        {
            held -= bytes;
            while (waiting.TryPeek(out var next) && Fits(next.Bytes))
            {
                waiting.Dequeue();
                // One that gave up holds nothing.
                if (next.Turn.TrySetResult())
                {
                    held += next.Bytes;
                }
            }
        }
    }

    private bool Fits(long bytes) => held == 0 || held + bytes <= capacity;
}
