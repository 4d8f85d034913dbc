using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Says which state each resource is in, and lets others wait for one. Safe for concurrent use.</summary>
public sealed class ResourceNotificationService
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, ResourceEvent> current = new(StringComparer.OrdinalIgnoreCase);
    private TaskCompletionSource changed = NewSignal();

    internal ResourceNotificationService() { }

    /// <summary>Waits until the resource runs and its checks pass; a resource that ends first fails the wait.</summary>
    /// <exception cref="DistributedApplicationException">The resource ended without having become healthy.</exception>
    public async Task<ResourceEvent> WaitForResourceHealthyAsync(
        string resourceName,
        CancellationToken cancellationToken = default
    )
    {
        var reached = await WaitForResourceAsync(resourceName, e => IsHealthy(e) || HasEnded(e), cancellationToken);
        return IsHealthy(reached)
            ? reached
            : throw new DistributedApplicationException(
                $"'{resourceName}' ended in state {reached.Snapshot.State?.Text} before it was healthy"
            );
    }

    public async Task WaitForResourceAsync(
        string resourceName,
        string? targetState = null,
        CancellationToken cancellationToken = default
    )
    {
        var wanted = targetState ?? KnownResourceStates.Running;
        await WaitForResourceAsync(resourceName, e => IsIn(e, wanted), cancellationToken);
    }

    /// <summary>
    /// Waits until the predicate holds of the resource's newest state; a state that passed between two looks may be
    /// missed.
    /// </summary>
    public async Task<ResourceEvent> WaitForResourceAsync(
        string resourceName,
        Func<ResourceEvent, bool> predicate,
        CancellationToken cancellationToken = default
    )
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (current.TryGetValue(resourceName, out var known) && predicate(known))
                {
                    return known;
                }

                next = changed.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    public Task PublishUpdateAsync(
        IResource resource,
        Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory
    )
    {
        TaskCompletionSource passed;
        lock (gate)
        {
            var before = current.GetValueOrDefault(resource.Name)?.Snapshot;
            var after = stateFactory(before ?? new CustomResourceSnapshot { ResourceType = resource.GetType().Name });
            current[resource.Name] = new ResourceEvent(resource, resource.Name, after);
            (passed, changed) = (changed, NewSignal());
        }

        passed.SetResult();
        return Task.CompletedTask;
    }

    internal static bool HasEnded(ResourceEvent e) =>
        KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text, StringComparer.Ordinal);

    private static bool IsHealthy(ResourceEvent e) => e.Snapshot.HealthStatus == HealthStatus.Healthy;

    private static bool IsIn(ResourceEvent e, string state) =>
        string.Equals(e.Snapshot.State?.Text, state, StringComparison.OrdinalIgnoreCase);

    // Continuations run on the pool: a waiter must not run inside the lock of whoever publishes.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
