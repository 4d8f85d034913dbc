using Dendrite.Access;
using Dendrite.ComparisonService.Snapshots;
using Dendrite.Contracts.Names;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService;

/// <summary>Finds what a call compares, and whether its caller may.</summary>
public sealed class ComparisonOpener(ReachedProjects projects, ComparandResolver comparands)
{
    /// <summary>At most four round trips: the project's, and those of <see cref="ComparandResolver"/>.</summary>
    /// <exception cref="Errors.DendriteException">
    /// MALFORMED_NAME, PERMISSION_DENIED, PROJECT_NOT_FOUND, and what <see cref="ComparandResolver"/> throws.
    /// </exception>
    public async Task<Comparison> OpenAsync(string project, Comparand? comparand, ServerCallContext context)
    {
        var name = ProjectName.Parse(project, "project");
        var id = await projects.ReachAsync(context, name.Project);
        return new(name, id, await comparands.ResolveAsync(name, id, comparand, context.CancellationToken));
    }
}
