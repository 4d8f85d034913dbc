using System.Collections.Concurrent;
using Dendrite.Access;
using Dendrite.Storage;
using Dendrite.Storage.Projects;

namespace Dendrite.BranchService.Projects;

/// <summary>Finds the numbers of projects for callers that reach them. Thread-safe.</summary>
public sealed class ProjectDirectory(ProjectStore projects)
{
    /// <summary>A project keeps its number for ever, so what was looked up once is never looked up again.</summary>
    private readonly ConcurrentDictionary<string, ProjectId> known = new(StringComparer.Ordinal);

    /// <summary>No round trip, or one for a project that was not asked for before.</summary>
    /// <exception cref="Errors.DendriteException">PERMISSION_DENIED, PROJECT_NOT_FOUND.</exception>
    public async Task<ProjectId> GetAsync(Caller caller, string name, CancellationToken cancellationToken)
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
}
