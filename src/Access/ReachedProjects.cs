using System.Collections.Concurrent;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Grpc.Core;

namespace Dendrite.Access;

/// <summary>Finds the numbers of projects for callers that reach them. Thread-safe.</summary>
/// <remarks>All throw PERMISSION_DENIED and PROJECT_NOT_FOUND, and take no round trip, or one for a project that was
/// not asked for before.</remarks>
public sealed class ReachedProjects(ProjectStore projects)
{
    /// <summary>A project keeps its number for ever, so what was looked up once is never looked up again.</summary>
    private readonly ConcurrentDictionary<string, ProjectId> known = new(StringComparer.Ordinal);

    /// <summary>For whoever reads, writes and runs what is there.</summary>
    public Task<ProjectId> ReachAsync(ServerCallContext context, string name) =>
        ReachAsync(context.GetCaller(), name, context.CancellationToken);

    /// <summary>For whoever reads, writes and runs what is there.</summary>
    public async Task<ProjectId> ReachAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        caller.Require(name);
        if (caller.Project is { } own)
        {
            return own;
        }

        if (!known.TryGetValue(name, out var project))
        {
            project = (await projects.GetAsync(name, cancellationToken)).Id;
            known.TryAdd(name, project);
        }

        return project;
    }

    /// <summary>For whoever decides how a project is run: a key of every project, or the project's own.</summary>
    public Task<ProjectId> AdministerAsync(ServerCallContext context, string name)
    {
        context.GetCaller().RequireAdministrator(name);
        return ReachAsync(context, name);
    }
}
