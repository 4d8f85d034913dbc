using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.History;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Dendrite.Versioning.History;
using Grpc.Core;

namespace Dendrite.BranchService.History;

public sealed partial class HistoryRpc
{
    /// <summary>Commits in memory at once; each page is told to the caller.</summary>
    private const int CommitsAPage = 1_000;

    /// <summary>With data a page takes longer, and a caller wants to hear of it no less often.</summary>
    private const int CommitsAPageWithData = 50;

    public override async Task VerifyHistory(
        V1.VerifyHistoryRequest request,
        IServerStreamWriter<V1.VerifyHistoryResponse> responseStream,
        ServerCallContext context
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var project = await projects.ReachAsync(context, parent.Project);
        var seen = await snapshots.ReadAsync(project, parent.Branch, SnapshotPoint.Head, context.CancellationToken);
        var verifier = new HistoryVerifier(project.Value);
        var progress = new V1.VerifyHistoryResponse();
        var size = request.IncludeData ? CommitsAPageWithData : CommitsAPage;
        var after = CommitVersion.Zero;
        IReadOnlyList<StoredCommit> page;
        do
        {
            page = await history.ReadAsync(project, seen.Snapshot, after, size, context.CancellationToken);
            foreach (var commit in page)
            {
                var problem =
                    verifier.Verify(commit.Commit)
                    ?? await VerifyDataAsync((project, seen), commit, request, progress, context.CancellationToken);
                if (problem is not null)
                {
                    progress.HistoryBreak = Break(parent, commit.Branch, commit.Commit.Content.Version, problem);
                    break;
                }

                progress.VerifiedCommits = verifier.VerifiedCommits;
                after = commit.Commit.Content.Version;
            }

            if (page.Count == size && progress.HistoryBreak is null)
            {
                await responseStream.WriteAsync(progress.Clone(), context.CancellationToken);
            }
        } while (page.Count == size && progress.HistoryBreak is null);

        progress.HistoryBreak ??= await VerifyEndsAsync(project, parent, seen, verifier, context.CancellationToken);
        if (request.IncludeData)
        {
            progress.HistoryBreak ??= await FindStrayAsync(project, parent, seen, context.CancellationToken);
            progress.HistoryBreak ??= await FindMisleadingAsync(project, parent, seen, context.CancellationToken);
            progress.HistoryBreak ??= await FindHoleAsync(project, parent, seen, context.CancellationToken);
        }

        progress.Done = true;
        await responseStream.WriteAsync(progress, context.CancellationToken);
    }

    private async Task<string?> VerifyDataAsync(
        (ProjectId Project, BranchSnapshot Branch) seen,
        StoredCommit commit,
        V1.VerifyHistoryRequest request,
        V1.VerifyHistoryResponse progress,
        CancellationToken cancellationToken
    )
    {
        if (!request.IncludeData)
        {
            return null;
        }

        var check = await data.VerifyAsync(seen.Project, commit, cancellationToken);
        progress.VerifiedBytes += check.Bytes;
        if (check.Record is not { } record)
        {
            return check.Problem;
        }

        var view = new RecordView(seen.Project, seen.Branch.Snapshot);
        return $"{check.Problem}: {await records.NameAsync(view, record, cancellationToken)}";
    }

    private async Task<V1.HistoryBreak?> FindStrayAsync(
        ProjectId project,
        BranchName parent,
        BranchSnapshot seen,
        CancellationToken cancellationToken
    ) =>
        await history.FindStrayAsync(project, seen.Snapshot, cancellationToken) is { } stray
            ? Break(
                parent,
                stray.Branch,
                stray.Version,
                $"a row of {stray.Table} says that it was written by it, and it was not"
            )
            : null;

    /// <summary>Whether scans show each record once, and as it was written last.</summary>
    private async Task<V1.HistoryBreak?> FindMisleadingAsync(
        ProjectId project,
        BranchName parent,
        BranchSnapshot seen,
        CancellationToken cancellationToken
    )
    {
        if (await history.FindMisleadingAsync(project, seen.Snapshot, cancellationToken) is not { } row)
        {
            return null;
        }

        var view = new RecordView(project, seen.Snapshot);
        var name = await records.NameAsync(view, row.Record, cancellationToken);
        var problem = "what its row says of rows before and after it was changed, so that lists show another state";
        return Break(parent, row.Branch, row.Version, $"{problem}: {name}");
    }

    /// <summary>Whether every sample index is in a block or in a declared gap.</summary>
    private async Task<V1.HistoryBreak?> FindHoleAsync(
        ProjectId project,
        BranchName parent,
        BranchSnapshot seen,
        CancellationToken cancellationToken
    ) =>
        await ledger.FindHoleAsync(project, seen.Snapshot, cancellationToken) is { } hole
            ? Break(
                parent,
                branch: null,
                hole.Version,
                $"samples {hole.Samples.Start} to {hole.Samples.End} of stream '{hole.Stream}' (group "
                    + $"{hole.ChannelGroup}) are neither in a block nor in a gap"
            )
            : null;

    /// <summary>Whether what the snapshot sees last of each timeline came, too.</summary>
    private async Task<V1.HistoryBreak?> VerifyEndsAsync(
        ProjectId project,
        BranchName parent,
        BranchSnapshot seen,
        HistoryVerifier verifier,
        CancellationToken cancellationToken
    )
    {
        foreach (var end in await history.ReadEndsAsync(project, seen.Snapshot, cancellationToken))
        {
            if (verifier.VerifyEnd(end.Timeline, end.Through, end.HeadHash) is { } problem)
            {
                return Break(parent, end.Branch, end.Through, problem);
            }
        }

        return await history.FindUnseenForkAsync(project, seen, cancellationToken) is { } fork
            ? Break(parent, branch: null, fork, "what came after it was forked at it, and it is seen no more")
            : null;
    }

    private static V1.HistoryBreak Break(BranchName parent, string? branch, CommitVersion version, string problem) =>
        new()
        {
            Commit = new CommitName(parent.Project, branch ?? parent.Branch, version.Value).ToString(),
            Problem = problem,
        };
}
