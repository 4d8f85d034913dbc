using Dendrite.Access;
using Dendrite.Storage;
using Dendrite.Storage.Retention;
using Grpc.Core;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Retention;

/// <summary>Finds the project of a call, and gives a new one the policies that it begins with.</summary>
internal sealed class RetentionProjects(
    ReachedProjects projects,
    RetentionPolicyStore policies,
    IOptions<RetentionDefaults> defaults
)
{
    /// <summary>Of a caller who may change its policies.</summary>
    public async Task<ProjectId> AdministeredAsync(ServerCallContext context, string project) =>
        await BegunAsync(await projects.AdministerAsync(context, project), context.CancellationToken);

    public async Task<ProjectId> ReachedAsync(ServerCallContext context, string project) =>
        await BegunAsync(await projects.ReachAsync(context, project), context.CancellationToken);

    /// <summary>Doing it again does nothing. One round trip.</summary>
    public Task BeginAsync(ProjectId project, CancellationToken cancellationToken) =>
        policies.BeginAsync(project, defaults.Value.Policies, cancellationToken);

    private async Task<ProjectId> BegunAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await BeginAsync(project, cancellationToken);
        return project;
    }
}
