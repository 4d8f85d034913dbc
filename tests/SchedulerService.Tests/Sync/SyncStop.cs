using System.Collections.Concurrent;
using Dendrite.SchedulerService.Sync.Running;
using Microsoft.Extensions.Logging;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>Lets a sync do a number of things and then ends it as a death of its worker would: at once.</summary>
internal sealed class SyncStop(int steps) : ISyncControl
{
    private int left = steps;

    public ConcurrentQueue<string> Notes { get; } = new();

    public void ThrowIfLost()
    {
        if (Interlocked.Decrement(ref left) < 0)
            throw new WorkerDiedException();
    }

    public void Tell(string step, long done) { }

    public void Log(LogLevel level, string message) => Notes.Enqueue(message);
}

internal sealed class WorkerDiedException() : Exception("The worker is gone.");
