using System.Collections.Concurrent;
using Dendrite.Access;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Grpc.Core;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>Finds the numbers of projects for callers that reach them. Thread-safe.</summary>
internal sealed class ReachedProjects(ProjectStore projects)
{
    /// <summary>A project keeps its number for ever, so what was looked up once is never looked up again.</summary>
    private readonly ConcurrentDictionary<string, ProjectId> known = new(StringComparer.Ordinal);

    /// <summary>For whoever reads and runs what is there. No round trip, or one for a new project.</summary>
    /// <exception cref="Errors.DendriteException">PERMISSION_DENIED, PROJECT_NOT_FOUND.</exception>
    public Task<ProjectId> ReachAsync(ServerCallContext context, string name)
    {
        context.GetCaller().Require(name);
        return FindAsync(name, context.CancellationToken);
    }

    /// <summary>For whoever decides what runs by itself: a key of every project, or the project's own.</summary>
    /// <exception cref="Errors.DendriteException">PERMISSION_DENIED, PROJECT_NOT_FOUND.</exception>
    public Task<ProjectId> AdministerAsync(ServerCallContext context, string name)
    {
        context.GetCaller().RequireAdministrator(name);
        return FindAsync(name, context.CancellationToken);
    }

    private async Task<ProjectId> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (known.TryGetValue(name, out var project))
            return project;
        project = (await projects.GetAsync(name, cancellationToken)).Id;
        known.TryAdd(name, project);
        return project;
    }
}
