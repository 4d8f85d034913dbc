using Dendrite.BranchService.History;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>From stored merges to the contract.</summary>
public sealed class MergeMapper(SnapshotReader snapshots, CommitStore commits)
{
    /// <summary>The merge with its commit, and whether a branch of it has moved on since. At most three round
    /// trips.</summary>
    internal async Task<V1.Merge> ToContractAsync(
        ProjectId project,
        MergeRecord merge,
        string projectName,
        CancellationToken cancellationToken
    )
    {
        var contract = new V1.Merge
        {
            Name = new MergeName(projectName, merge.Id.ToString()).ToString(),
            Pair = MergeNames.PairOf(merge, projectName),
            Policy = V1.MergePolicy.Parser.ParseJson(merge.Subject.PolicyJson),
            State = (V1.MergeState)(int)merge.Progress.State,
            SourceVersion = merge.Progress.SourceVersion.Value,
            TargetVersion = merge.Progress.TargetVersion.Value,
            Counts = V1.MergeCounts.Parser.ParseJson(merge.Progress.CountsJson),
            Message = merge.Subject.Message,
            Creator = merge.Subject.Creator,
            CreateTime = Timestamps.Of(merge.CreateTime),
            Etag = Etag.Of(merge.Revision),
        };
        if (merge.EndTime is { } end)
        {
            contract.EndTime = Timestamps.Of(end);
        }

        if (merge.Commit is { } version)
        {
            var target = new BranchName(projectName, merge.Subject.TargetName);
            var commit = await commits.FindAsync(project, version, cancellationToken);
            // Gone with its purged branch; without one there was nothing to merge.
            contract.Commit = commit is null
                ? new()
                {
                    Name = new CommitName(projectName, merge.Subject.TargetName, version.Value).ToString(),
                    Version = version.Value,
                }
                : CommitMapper.ToContract(commit, target);
        }
        else if (merge.EndTime is null)
        {
            contract.Outdated = await IsOutdatedAsync(project, merge, projectName, cancellationToken);
        }

        return contract;
    }

    private async Task<bool> IsOutdatedAsync(
        ProjectId project,
        MergeRecord merge,
        string projectName,
        CancellationToken cancellationToken
    )
    {
        var subject = merge.Subject;
        var point = MergeNames.Of(merge, projectName).Point;
        return await IsBeyondAsync((subject.Source, subject.SourceName), point, merge.Progress.SourceVersion)
            || await IsBeyondAsync(
                (subject.Target, subject.TargetName),
                SnapshotPoint.Head,
                merge.Progress.TargetVersion
            );

        async Task<bool> IsBeyondAsync((BranchId Id, string Name) branch, SnapshotPoint at, CommitVersion version)
        {
            try
            {
                return (await snapshots.ReadByIdAsync(project, branch, at, cancellationToken)).Version != version;
            }
            catch (DendriteException gone)
                when (gone.Reason is ErrorReason.BranchNotFound or ErrorReason.CommitNotFound or ErrorReason.TagNotFound
                )
            {
                return true;
            }
        }
    }
}
