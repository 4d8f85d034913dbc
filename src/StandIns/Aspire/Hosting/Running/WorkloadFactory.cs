using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Servers;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>
/// Makes the processes of a resource: one, or one for each replica, or none for what is not a process.
/// </summary>
internal sealed class WorkloadFactory(
    Store store,
    BuildFacts build,
    DistributedApplicationExecutionContext execution,
    ProcessLauncher launcher,
    ConsoleLog console,
    TimeProvider time,
    ILoggerFactory loggers,
    IResourceCollection resources
)
{
    public IEnumerable<Supervisor> Create(IResource resource, PortAllocation ports) =>
        Workloads(resource, ports)
            .Select(w => new Supervisor(w, launcher, console, time, loggers.CreateLogger<Supervisor>()));

    private IEnumerable<IWorkload> Workloads(IResource resource, PortAllocation ports) =>
        resource switch
        {
            PostgresServerResource postgres =>
            [
                new PostgresWorkload(postgres, Databases(postgres), store, launcher, ports),
            ],
            RedisResource redis => [new RedisWorkload(redis, store, ports)],
            ProjectResource project => Enumerable
                .Range(0, project.GetReplicaCount())
                .Select(replica => new ProjectWorkload(project, replica, IsJob(project), build, execution, ports)),
            _ => [],
        };

    private List<string> Databases(PostgresServerResource server) =>
        [.. resources.OfType<PostgresDatabaseResource>().Where(d => d.Parent == server).Select(d => d.DatabaseName)];

    // Something waits for its end: however it ends, it is not started again.
    private bool IsJob(IResource resource) =>
        resources
            .SelectMany(r => r.Annotations.OfType<WaitAnnotation>())
            .Any(w => w.Resource == resource && w.WaitType == WaitType.WaitForCompletion);
}
