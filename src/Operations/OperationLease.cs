using Dendrite.Storage.Operations;

namespace Dendrite.Operations;

/// <summary>A worker's hold on an operation, renewed in the background for as long as the work goes on.</summary>
internal sealed class OperationLease : IAsyncDisposable
{
    private readonly OperationLeaseStore store;
    private readonly OperationRecord operation;
    private readonly TimeSpan length;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stop = new();
    private readonly CancellationTokenSource ended = new();
    private readonly Task renewing;
    private long renewedAt;
    private volatile bool isLost;
    private volatile bool isCancelled;

    public OperationLease(OperationLeaseStore store, OperationRecord operation, TimeSpan length, TimeProvider time)
    {
        this.store = store;
        this.operation = operation;
        this.length = length;
        this.time = time;
        renewedAt = time.GetTimestamp();
        renewing = Task.Run(RenewAsync);
    }

    /// <summary>Cancelled when the work must stop.</summary>
    public CancellationToken Stop => stop.Token;

    /// <summary>Whether another may have taken over.</summary>
    public bool IsLost => isLost;

    /// <summary>Whether somebody asked for the end.</summary>
    public bool IsCancelled => isCancelled;

    /// <summary>Somebody asked for the end.</summary>
    public void Cancel()
    {
        isCancelled = true;
        StopWork();
    }

    /// <summary>Tells how far the work is, which renews the lease too.</summary>
    public async Task TellAsync(OperationProgress progress, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        Take(await store.RenewAsync(operation, length, progress, cancellationToken), asked);
        stop.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Keeps parts, if the operation is this worker's still.</summary>
    public async Task WriteAsync(IReadOnlyCollection<OperationPart> parts, CancellationToken cancellationToken)
    {
        // By this process's own steady clock: a machine that slept through its lease finds out here.
        if (time.GetElapsedTime(Interlocked.Read(ref renewedAt)) >= length)
        {
            Take(LeaseState.Lost, 0);
        }

        stop.Token.ThrowIfCancellationRequested();
        var state = await store.WritePartsAsync(operation, parts, cancellationToken);
        Take(state, Interlocked.Read(ref renewedAt));
        stop.Token.ThrowIfCancellationRequested();
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await renewing;
        ended.Dispose();
        stop.Dispose();
    }

    private async Task RenewAsync()
    {
        // Three tries fit into a lease.
        using var timer = new PeriodicTimer(length / 3, time);
        try
        {
            while (!isLost && await timer.WaitForNextTickAsync(ended.Token))
            {
                await TryRenewAsync();
            }
        }
        catch (OperationCanceledException)
        {
            // The work is done.
        }
    }

    private async Task TryRenewAsync()
    {
        // From before it is asked: by the database's answer some of the lease has passed.
        var asked = time.GetTimestamp();
        try
        {
            Take(await store.RenewAsync(operation, length, progress: null, ended.Token), asked);
        }
        catch (Exception) when (!ended.IsCancellationRequested)
        {
            // Not renewed is not yet lost: the next try may still come in time.
            if (time.GetElapsedTime(Interlocked.Read(ref renewedAt)) >= length)
            {
                Take(LeaseState.Lost, asked);
            }
        }
    }

    private void Take(LeaseState state, long asked)
    {
        switch (state)
        {
            case LeaseState.Lost:
                isLost = true;
                StopWork();
                break;
            case LeaseState.Cancelling:
                Interlocked.Exchange(ref renewedAt, asked);
                Cancel();
                break;
            default:
                Interlocked.Exchange(ref renewedAt, asked);
                break;
        }
    }

    private void StopWork()
    {
        try
        {
            stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The work ended in the same moment.
        }
    }
}
