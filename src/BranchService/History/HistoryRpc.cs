using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage;
using Dendrite.Storage.Commits;
using Dendrite.Storage.History;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Grpc.Core;

namespace Dendrite.BranchService.History;

/// <summary>Commits over gRPC. What is not here is UNIMPLEMENTED.</summary>
public sealed partial class HistoryRpc(
    ReachedProjects projects,
    HotSnapshots snapshots,
    CommitStore commits,
    HistoryStore history,
    DataVerifier data,
    LedgerStore ledger,
    RecordVersions records
) : V1.HistoryService.HistoryServiceBase
{
    public override async Task<V1.GetCommitResponse> GetCommit(V1.GetCommitRequest request, ServerCallContext context)
    {
        var name = CommitName.Parse(request.Name);
        var version = new CommitVersion(name.Version);
        var project = await projects.ReachAsync(context, name.Project);
        var found =
            await commits.FindMadeInAsync(project, name.Branch, version, context.CancellationToken)
            ?? await FindSeenAsync(project, name, context.CancellationToken);
        return new() { Commit = CommitMapper.ToContract(found, name.Parent) };
    }

    /// <summary>A commit of another branch is found through one that sees it, too.</summary>
    private async Task<CommitRecord> FindSeenAsync(
        ProjectId project,
        CommitName name,
        CancellationToken cancellationToken
    )
    {
        var seen = await snapshots.ReadAsync(project, name.Branch, SnapshotPoint.Head, cancellationToken);
        var version = new CommitVersion(name.Version);
        return await commits.FindAsync(project, seen.Snapshot, version, cancellationToken)
            ?? throw new DendriteException(
                ErrorReason.CommitNotFound,
                $"Branch '{name.Branch}' sees no commit {version}; list its commits for those that it does."
            );
    }

    public override async Task<V1.ListCommitsResponse> ListCommits(
        V1.ListCommitsRequest request,
        ServerCallContext context
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var filter = CommitFilter.Read(request.Filter);
        string[] same = ["ListCommits", request.Parent, request.Filter, $"{request.At}", $"{request.OwnOnly}"];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var position = page.PlaceAs<(CommitVersion Head, CommitVersion Before)>(place =>
            place is [var top, var last]
            && CommitVersion.TryParse(top, out var head)
            && CommitVersion.TryParse(last, out var before)
                ? (head, before)
                : null
        );
        // A tag stays what it is; any other point is the version that the first page read.
        var point =
            position is { Head: var first } && request.At?.PointCase != V1.SnapshotPoint.PointOneofCase.Tag
                ? SnapshotPoint.At(first)
                : SnapshotPoints.Read(request.At, parent.Project);
        var project = await projects.ReachAsync(context, parent.Project);
        var seen = await snapshots.ReadAsync(project, parent.Branch, point, context.CancellationToken);
        var query = new CommitQuery(seen.Snapshot, page.Limit)
        {
            Before = position?.Before,
            MadeIn = request.OwnOnly ? seen.Branch : null,
            Filter = filter,
        };
        var found = await commits.ListAsync(project, query, context.CancellationToken);
        var response = new V1.ListCommitsResponse();
        response.Commits.AddRange(page.Of(found).Select(commit => CommitMapper.ToContract(commit, parent)));
        response.NextPageToken = page.TokenAfter(found, last => $"{seen.Version} {last.Content.Version}");
        return response;
    }
}
