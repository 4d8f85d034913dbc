using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Runs;

/// <summary>A worker's hold on a run, renewed in the background for as long as the work goes on.</summary>
internal sealed class RunLease : IAsyncDisposable
{
    private readonly RunLeaseStore store;
    private readonly RunRecord run;
    private readonly TimeSpan length;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource ended = new();
    private readonly Task renewing;
    private long renewedAt;

    public RunLease(RunLeaseStore store, RunRecord run, TimeSpan length, TimeProvider time)
    {
        this.store = store;
        this.run = run;
        this.length = length;
        this.time = time;
        renewedAt = time.GetTimestamp();
        renewing = Task.Run(RenewAsync);
    }

    /// <summary>Cancelled when another may have taken over.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>
    /// To be asked right before each thing that is done. By this process's own steady clock: a machine that slept
    /// through its lease finds out here, before its next step and not after it.
    /// </summary>
    /// <exception cref="RunLostException">Another may have taken over.</exception>
    public void ThrowIfLost()
    {
        if (lost.IsCancellationRequested || time.GetElapsedTime(Interlocked.Read(ref renewedAt)) >= length)
            throw new RunLostException();
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await renewing;
        ended.Dispose();
        lost.Dispose();
    }

    private async Task RenewAsync()
    {
        // Three tries fit into a lease.
        using var timer = new PeriodicTimer(length / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ended.Token))
            {
                if (!await TryRenewAsync())
                {
                    await lost.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The work is done.
        }
    }

    private async Task<bool> TryRenewAsync()
    {
        // From before it is asked: by the database's answer some of the lease has passed.
        var asked = time.GetTimestamp();
        try
        {
            if (!await store.RenewAsync(run, time.GetUtcNow() + length, ended.Token))
                return false;
            Interlocked.Exchange(ref renewedAt, asked);
            return true;
        }
        catch (Exception) when (!ended.IsCancellationRequested)
        {
            // Not renewed is not yet lost: the next try may still come in time.
            return time.GetElapsedTime(Interlocked.Read(ref renewedAt)) < length;
        }
    }
}

/// <summary>Another may have taken over the run: nothing more may be done for it.</summary>
internal sealed class RunLostException() : Exception("The lease of the run has passed.");
