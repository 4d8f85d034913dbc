using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>
/// Starts every resource as soon as what it waits for is ready, and stops each before what it waits for.
/// </summary>
internal sealed partial class Orchestrator(
    IResourceCollection resources,
    ResourceNotificationService notifications,
    WorkloadFactory workloads,
    Failure failure,
    ILogger<Orchestrator> logger
) : IHostedService, IDisposable
{
    private readonly PortAllocation ports = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<IResource, List<Supervisor>> supervisors = [];
    private readonly Dictionary<IResource, Task> runs = [];
    private readonly Dictionary<IResource, Task> stops = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ports.Allocate(resources);
        foreach (var resource in resources.ToList())
        {
            supervisors[resource] = [.. workloads.Create(resource, ports)];
            if (supervisors[resource].Count == 0)
            {
                await PublishWithoutProcessAsync(resource);
            }
        }

        foreach (var (resource, processes) in supervisors.Where(s => s.Value.Count > 0))
        {
            runs[resource] = RunAsync(resource, processes);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await Task.WhenAll(supervisors.Keys.Select(StopOnceAsync)).WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        ports.Dispose();
        stopping.Dispose();
        foreach (var supervisor in supervisors.Values.SelectMany(s => s))
        {
            supervisor.Dispose();
        }
    }

    private async Task RunAsync(IResource resource, List<Supervisor> processes)
    {
        try
        {
            await PublishAsync(resource, new ProcessStatus(KnownResourceStates.Waiting));
            await Task.WhenAll(resource.Annotations.OfType<WaitAnnotation>().Select(WaitAsync));
            var status = new ReplicaStatus(processes.Count, s => PublishAsync(resource, s));
            for (var i = 0; i < processes.Count; i++)
            {
                var replica = i;
                processes[i].Changed = s => status.Set(replica, s);
            }

            await Task.WhenAll(processes.Select(p => p.RunAsync()));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped while it waited for something.
        }
        catch (ProcessFailedException e)
        {
            failure.Report(e.ExitCode, e.Message);
        }
        catch (Exception e) when (e is DistributedApplicationException or IOException or UnauthorizedAccessException)
        {
            failure.Report(exitCode: 1, $"'{resource.Name}' could not be started: {e.Message}");
        }
        catch (Exception e)
        {
            // Nobody awaits this task before the end: an unforeseen error must not leave everything waiting.
            failure.Report(exitCode: 1, $"'{resource.Name}' could not be started: {e}");
        }
    }

    private async Task WaitAsync(WaitAnnotation wait)
    {
        var name = wait.Resource.Name;
        if (wait.WaitType == WaitType.WaitUntilHealthy)
        {
            await notifications.WaitForResourceHealthyAsync(name, stopping.Token);
            return;
        }

        Func<ResourceEvent, bool> reached =
            wait.WaitType == WaitType.WaitForCompletion
                ? ResourceNotificationService.HasEnded
                : e => e.Snapshot.State?.Text == KnownResourceStates.Running || ResourceNotificationService.HasEnded(e);
        var end = await notifications.WaitForResourceAsync(name, reached, stopping.Token);
        if (wait.WaitType == WaitType.WaitForCompletion && end.Snapshot.ExitCode is { } code && code != wait.ExitCode)
        {
            var lastLines = supervisors[wait.Resource][0].LastLines;
            throw new ProcessFailedException(name, code, $"where {wait.ExitCode} was expected", lastLines);
        }
    }

    // Everything that waits for a resource is stopped before it: services can finish their last calls.
    private Task StopOnceAsync(IResource resource)
    {
        lock (stops)
        {
            if (!stops.TryGetValue(resource, out var stop))
            {
                stops[resource] = stop = StopAfterDependentsAsync(resource);
            }

            return stop;
        }
    }

    private async Task StopAfterDependentsAsync(IResource resource)
    {
        var dependents = supervisors.Keys.Where(r => DependsOn(r, resource));
        await Task.WhenAll(dependents.Select(StopOnceAsync));
        await Task.WhenAll(supervisors[resource].Select(s => s.StopAsync()));
        await runs.GetValueOrDefault(resource, Task.CompletedTask);
    }

    private static bool DependsOn(IResource resource, IResource on) =>
        (resource is IResourceWithParent child && child.Parent == on)
        || resource.Annotations.OfType<WaitAnnotation>().Any(w => w.Resource == on);

    private async Task PublishWithoutProcessAsync(IResource resource)
    {
        if (resource is ContainerResource)
        {
            LogContainer(logger, resource.Name);
        }

        // A database is what its server is; anything else, such as a parameter, is simply there.
        if (resource is not IResourceWithParent)
        {
            await PublishAsync(resource, new ProcessStatus(KnownResourceStates.Running, IsHealthy: true));
        }
    }

    private async Task PublishAsync(IResource resource, ProcessStatus status)
    {
        var children = resources.Where(r => r is IResourceWithParent child && child.Parent == resource);
        foreach (var changed in children.Prepend(resource))
        {
            await notifications.PublishUpdateAsync(
                changed,
                snapshot =>
                    snapshot with
                    {
                        State = new ResourceStateSnapshot(status.State, Style: null),
                        ExitCode = status.ExitCode,
                        HealthStatus = status.IsHealthy ? HealthStatus.Healthy : null,
                    }
            );
        }
    }
}
