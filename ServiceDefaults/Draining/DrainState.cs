namespace Dendrite.ServiceDefaults.Draining;

/// <summary>
/// Whether this process is on its way out, and the calls that it still has. Long-lived calls (appends, live tails)
/// watch <see cref="Draining"/>: finish what was taken, acknowledge it, and end with UNAVAILABLE so that the client
/// goes on at another replica. Safe for concurrent use.
/// </summary>
public sealed class DrainState : IDisposable
{
    private readonly CancellationTokenSource draining = new();
    private readonly Lock gate = new();
    private TaskCompletionSource idle = Completed();
    private int openCalls;
    private bool refusing;

    /// <summary>Cancelled when the service was told to stop.</summary>
    public CancellationToken Draining => draining.Token;

    /// <summary>The calls that were begun and have not ended.</summary>
    public int OpenCalls
    {
        get
        {
            lock (gate)
                return openCalls;
        }
    }

    public void Dispose() => draining.Dispose();

    /// <summary>Counts a call in. False when no more are taken; else <see cref="End"/> must follow.</summary>
    internal bool TryBegin()
    {
        lock (gate)
        {
            if (refusing)
                return false;
            if (openCalls++ == 0)
                idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return true;
        }
    }

    internal void End()
    {
        lock (gate)
        {
            if (--openCalls == 0)
                idle.SetResult();
        }
    }

    internal Task BeginDrainingAsync() => draining.CancelAsync();

    /// <summary>Takes no more calls. The task ends when none is open.</summary>
    internal Task RefuseAsync()
    {
        lock (gate)
        {
            refusing = true;
            return idle.Task;
        }
    }

    private static TaskCompletionSource Completed()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }
}
