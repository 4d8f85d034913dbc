using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Running;

/// <summary>Makes one status of those of all replicas: healthy when all are, ended when all have.</summary>
internal sealed class ReplicaStatus(int replicas, Func<ProcessStatus, Task> publish)
{
    private readonly Lock gate = new();
    private readonly ProcessStatus[] all =
    [
        .. Enumerable.Repeat(new ProcessStatus(KnownResourceStates.Starting), replicas),
    ];

    public void Set(int replica, ProcessStatus status)
    {
        // In the lock, so that statuses are published in the order in which they came about.
        lock (gate)
        {
            all[replica] = status;
            _ = publish(Combine());
        }
    }

    private ProcessStatus Combine()
    {
        // The replica that is least far says where the whole is.
        var slowest = all.MinBy(s => Progress(s.State));
        return new ProcessStatus(slowest.State, all.All(s => s.IsHealthy), all.Max(s => s.ExitCode));
    }

    private static int Progress(string state) =>
        state == KnownResourceStates.Starting ? 0
        : state == KnownResourceStates.Running ? 1
        : state == KnownResourceStates.Stopping ? 2
        : 3;
}
