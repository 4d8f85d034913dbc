using Dendrite.Errors;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Append;

/// <summary>
/// One writer's hold on one stream: what it has sent, what of that is durable, and whether it has failed. The session
/// adds to it, the committer settles it. Safe for these two at once.
/// </summary>
internal sealed class StreamWriter
{
    private readonly ByteBudget[] budgets;
    private readonly Lock gate = new();

    // Never disposed: it has no timer, and the committer may still fail a writer whose call is over.
    private readonly CancellationTokenSource failed = new();
    private TaskCompletionSource settled = NewCompleted();
    private int pending;

    public StreamWriter(OpenedStream opened, ByteBudget sessionBudget, ByteBudget serverBudget)
    {
        Opened = opened;
        Durable = new(opened.Lease.GroupEnds, opened.Lease.Version, MessageCount: 0);
        budgets = [sessionBudget, serverBudget];
    }

    public OpenedStream Opened { get; }

    /// <summary>What is durable; replaced whole, so a reader sees one state.</summary>
    public DurableState Durable { get; private set; }

    public DendriteException? Failure { get; private set; }

    /// <summary>Cancelled when the writer fails.</summary>
    public CancellationToken Failed => failed.Token;

    /// <summary>Called on the committer's thread after each change; must not block.</summary>
    public event Action? Changed;

    /// <summary>Ends when nothing is pending any more, or the writer has failed.</summary>
    public Task SettledAsync()
    {
        lock (gate)
        {
            return settled.Task;
        }
    }

    public void AddPending()
    {
        lock (gate)
        {
            if (pending++ == 0)
            {
                settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    public void Commit(IReadOnlyList<AppendItem> items, CommitVersion version)
    {
        Durable = new(items[^1].GroupEnds, version, items[^1].MessageNumber);
        Settle(items);
    }

    /// <summary>A message that needed no commit: all of it was durable before.</summary>
    public void NoteDurable(long messageNumber)
    {
        Durable = Durable with { MessageCount = messageNumber };
        Changed?.Invoke();
    }

    /// <summary>
    /// The first failure counts. Items that are still pending are dropped, and the client resumes by opening again.
    /// </summary>
    public void Fail(DendriteException failure)
    {
        lock (gate)
        {
            if (Failure is not null)
            {
                return;
            }

            Failure = failure;
            settled.TrySetResult();
        }

        failed.Cancel();
        Changed?.Invoke();
    }

    /// <summary>Waits for room for a message of that size.</summary>
    public async Task AcquireAsync(long bytes, CancellationToken cancellation)
    {
        await budgets[0].AcquireAsync(bytes, cancellation);
        try
        {
            await budgets[1].AcquireAsync(bytes, cancellation);
        }
        catch
        {
            budgets[0].Release(bytes);
            throw;
        }
    }

    public void Release(long bytes)
    {
        foreach (var budget in budgets)
        {
            budget.Release(bytes);
        }
    }

    /// <summary>The items are stored or dropped: gives back what they hold.</summary>
    public void Settle(IReadOnlyList<AppendItem> items)
    {
        Release(items.Sum(item => item.Bytes));

        lock (gate)
        {
            pending -= items.Count;
            if (pending == 0)
            {
                settled.TrySetResult();
            }
        }

        Changed?.Invoke();
    }

    private static TaskCompletionSource NewCompleted()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}

/// <summary>What of a writer's stream is durable.</summary>
/// <param name="GroupEnds">How far each channel group is.</param>
/// <param name="Version">The commit that brought it there.</param>
/// <param name="MessageCount">How many of the writer's messages are durable.</param>
internal sealed record DurableState(IReadOnlyList<long> GroupEnds, CommitVersion Version, long MessageCount)
{
    public long ThroughSample => GroupEnds.Min();
}
