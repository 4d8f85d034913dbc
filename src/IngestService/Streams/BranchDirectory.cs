using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Streams;

/// <summary>A branch and what it sees at one point.</summary>
/// <param name="Timeline">Where it writes.</param>
/// <param name="Version">The newest visible commit of its line; zero where there is none.</param>
internal sealed record BranchView(ProjectId Project, TimelineId Timeline, CommitVersion Version, Snapshot Snapshot);

/// <summary>Finds branches for callers that may see them. Thread-safe.</summary>
internal sealed class BranchDirectory(ReachedProjects projects, SnapshotReader snapshots, HotSnapshots hot)
{
    /// <summary>
    /// For writers: from PostgreSQL. One round trip, one more for a project that was not asked for before.
    /// </summary>
    /// <exception cref="Errors.DendriteException">PermissionDenied, ProjectNotFound, BranchNotFound,
    /// CommitNotFound.</exception>
    public async Task<BranchView> GetAsync(
        Caller caller,
        BranchName name,
        SnapshotPoint point,
        CancellationToken cancellation
    )
    {
        var project = await GetProjectAsync(caller, name.Project, cancellation);
        var branch = await snapshots.ReadAsync(project, name.Branch, point, cancellation);
        return new(project, branch.Timeline, branch.Version, branch.Snapshot);
    }

    /// <summary>For readers: as <see cref="GetAsync"/>, from Redis where it knows.</summary>
    public async Task<BranchView> GetToReadAsync(
        Caller caller,
        BranchName name,
        SnapshotPoint point,
        CancellationToken cancellation
    )
    {
        var project = await GetProjectAsync(caller, name.Project, cancellation);
        var branch = await hot.ReadAsync(project, name.Branch, point, cancellation);
        return new(project, branch.Timeline, branch.Version, branch.Snapshot);
    }

    /// <summary>A project that the caller may see. No round trip, one for a project not asked for before.</summary>
    /// <exception cref="Errors.DendriteException">PermissionDenied, ProjectNotFound.</exception>
    public Task<ProjectId> GetProjectAsync(Caller caller, string name, CancellationToken cancellation) =>
        projects.ReachAsync(caller, name, cancellation);
}
