using System.Globalization;
using Dendrite.Access;
using Dendrite.BranchService.Projects;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Grpc.Core;

namespace Dendrite.BranchService.History;

/// <summary>Commits over gRPC. What is not here is UNIMPLEMENTED.</summary>
public sealed class HistoryRpc(ProjectDirectory projects, SnapshotReader snapshots, CommitStore commits)
    : V1.HistoryService.HistoryServiceBase
{
    public override async Task<V1.GetCommitResponse> GetCommit(V1.GetCommitRequest request, ServerCallContext context)
    {
        var name = CommitName.Parse(request.Name);
        var project = await projects.GetAsync(context.GetCaller(), name.Project, context.CancellationToken);
        var seen = await snapshots.ReadAsync(project, name.Branch, SnapshotPoint.Head, context.CancellationToken);
        var version = new CommitVersion(name.Version);
        var found = await commits.FindAsync(project, seen.Snapshot, version, context.CancellationToken);
        return found is null
            ? throw new DendriteException(
                ErrorReason.CommitNotFound,
                $"Branch '{name.Branch}' sees no commit {version}; list its commits for those that it does."
            )
            : new() { Commit = CommitMapper.ToContract(found, name.Project) };
    }

    public override async Task<V1.ListCommitsResponse> ListCommits(
        V1.ListCommitsRequest request,
        ServerCallContext context
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        if (request.Filter.Length > 0)
        {
            throw new DendriteException(
                ErrorReason.NotImplemented,
                "filter: this server lists all commits only for now; leave it empty."
            );
        }

        var point = SnapshotPoints.Read(request.At, parent.Project);
        string[] same = ["ListCommits", request.Parent, $"{request.At}", $"{request.OwnOnly}"];
        var position = PageToken.Decode(request.PageToken, same);
        var before = position is null ? (CommitVersion?)null : CommitVersion.Parse(position);
        var size = PageSize.Resolve(request.PageSize);

        var project = await projects.GetAsync(context.GetCaller(), parent.Project, context.CancellationToken);
        var seen = await snapshots.ReadAsync(project, parent.Branch, point, context.CancellationToken);
        var wanted = request.OwnOnly ? OwnOf(seen) : seen.Snapshot;
        var found = await commits.ListAsync(project, wanted, before, size + 1, context.CancellationToken);

        var response = new V1.ListCommitsResponse();
        response.Commits.AddRange(found.Take(size).Select(commit => CommitMapper.ToContract(commit, parent.Project)));
        if (found.Count > size)
        {
            var last = found[size - 1].Content.Version.Value.ToString(CultureInfo.InvariantCulture);
            response.NextPageToken = PageToken.Encode(last, same);
        }

        return response;
    }

    private static Snapshot OwnOf(BranchSnapshot seen) =>
        Snapshot.Of(new SnapshotEntry(seen.Timeline, seen.Snapshot[seen.Timeline]));
}
