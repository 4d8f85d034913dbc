using System.Globalization;
using Dendrite.Access;
using Dendrite.BranchService.Projects;
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
    ProjectDirectory projects,
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
        var project = await projects.GetAsync(context.GetCaller(), name.Project, context.CancellationToken);
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
        var point = SnapshotPoints.Read(request.At, parent.Project);
        var filter = CommitFilter.Read(request.Filter);
        string[] same = ["ListCommits", request.Parent, request.Filter, $"{request.At}", $"{request.OwnOnly}"];
        var position = PageToken.Decode(request.PageToken, same);
        var before = position is null ? null : ReadPosition(position);
        var size = PageSize.Resolve(request.PageSize);

        var project = await projects.GetAsync(context.GetCaller(), parent.Project, context.CancellationToken);
        var seen = await snapshots.ReadAsync(project, parent.Branch, point, context.CancellationToken);
        // One more than the page says whether there is a next one.
        var query = new CommitQuery(seen.Snapshot, size + 1)
        {
            Before = before,
            MadeIn = request.OwnOnly ? seen.Branch : null,
            Filter = filter,
        };
        var found = await commits.ListAsync(project, query, context.CancellationToken);

        var response = new V1.ListCommitsResponse();
        response.Commits.AddRange(found.Take(size).Select(commit => CommitMapper.ToContract(commit, parent)));
        if (found.Count > size)
        {
            var last = found[size - 1].Content.Version.Value.ToString(CultureInfo.InvariantCulture);
            response.NextPageToken = PageToken.Encode(last, same);
        }

        return response;
    }

    /// <summary>Tokens are checked and not signed: what is in one may be a stranger's.</summary>
    private static CommitVersion? ReadPosition(string position) =>
        CommitVersion.TryParse(position, out var version)
            ? version
            : throw new DendriteException(
                ErrorReason.InvalidPageToken,
                "page_token: is not one that this server gave out; begin again with an empty page_token"
            );
}
