using Dendrite.BranchService.History;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Commits of a branch's own that are computed like merges: undoing a commit, picking records. Applied if the branch
/// still stands where it was read, else computed again. Thread-safe.
/// </summary>
public sealed class BranchCommits(
    SnapshotReader snapshots,
    RevertPlanner reverts,
    PickPlanner picks,
    MergeAssertions assertions,
    MergeWriter writer,
    IdempotencyStore requests,
    CommitStore commits,
    BranchStore branches
)
{
    private const int MaxAttempts = 20;

    /// <summary>A revert has no preview: the refusal itself names what to decide.</summary>
    private const string DecideRevert =
        "Decide them by their ids, which the error's details name (the first 20), or give a strategy.";

    internal async Task<V1.RevertCommitResponse> RevertAsync(
        ProjectId project,
        V1.RevertCommitRequest request,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var branch = BranchName.Parse(request.Branch, "branch");
        var name = CommitName.Parse(request.Commit, "commit");
        var made = await CommitAsync(
            project,
            branch,
            mutation,
            async head =>
            {
                var work = new MergeWork(
                    project,
                    request.Branch,
                    MergeHeads.Alone(head),
                    MergeDecisions.Read(request.Policy, "policy")
                )
                {
                    Author = mutation.Actor,
                    Message = request.Message.Length > 0 ? request.Message : $"Revert commit {name.Version}",
                };
                var plan = await reverts.PlanAsync(work, new CommitVersion(name.Version), cancellationToken);
                MergeErrors.DemandDecided(plan, DecideRevert);
                if (!plan.HasResult)
                {
                    MergeErrors.DemandChecks(plan.Failures);
                }

                return IsEmpty(plan.Commit)
                    ? throw new DendriteException(
                        ErrorReason.NotRevertible,
                        $"Nothing of commit {name.Version} is left in branch '{branch.Branch}' to undo."
                    )
                    : new(plan.Commit, plan.Failures) { Lookups = plan.Lookups };
            },
            cancellationToken
        );
        var response = new V1.RevertCommitResponse { Commit = CommitMapper.ToContract(made.Commit!, branch) };
        response.CheckWarnings.AddRange(made.Warnings);
        return response;
    }

    internal async Task<V1.PickRecordsResponse> PickAsync(
        ProjectId project,
        PickRequest request,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var made = await CommitAsync(
            project,
            request.Target,
            mutation,
            async head =>
            {
                var plan = await picks.PlanAsync(project, request, head, mutation.Actor, cancellationToken);
                return new(IsEmpty(plan.Commit) ? null : plan.Commit, plan.Failures)
                {
                    Lookups = plan.Lookups,
                    Counts = new(plan.Written, plan.Deleted, plan.Unchanged),
                    Restored = plan.Restored,
                };
            },
            cancellationToken
        );
        var response = new V1.PickRecordsResponse
        {
            Commit = made.Commit is { } commit ? CommitMapper.ToContract(commit, request.Target) : null,
            WrittenRecords = made.Counts.Written,
            DeletedRecords = made.Counts.Deleted,
            UnchangedRecords = made.Counts.Unchanged,
        };
        response.RestoredDatasets.AddRange(made.Restored);
        response.CheckWarnings.AddRange(made.Warnings);
        return response;
    }

    /// <summary>Plans and commits until the branch stands still for it.</summary>
    /// <param name="plan">Computes the commit at a head.</param>
    /// <returns>The commit, also of a repeated request.</returns>
    private Task<MadeCommit> CommitAsync(
        ProjectId project,
        BranchName branch,
        Mutation mutation,
        Func<BranchSnapshot, Task<PlannedCommit>> plan,
        CancellationToken cancellationToken
    ) =>
        requests.OnceAsync(
            project,
            mutation,
            () => CommitAnewAsync(project, branch, mutation, plan, cancellationToken),
            kept => AnswerAsync(project, branch, kept, cancellationToken),
            cancellationToken
        );

    /// <summary>As it was answered before, without what is not kept.</summary>
    private async Task<MadeCommit> AnswerAsync(
        ProjectId project,
        BranchName branch,
        byte[] kept,
        CancellationToken cancellationToken
    )
    {
        var (version, counts) = PickMemory.Read(kept);
        var commit = version is { } made ? await FindAsync(project, branch, made, cancellationToken) : null;
        return new(commit, []) { Counts = counts };
    }

    private async Task<MadeCommit> CommitAnewAsync(
        ProjectId project,
        BranchName branch,
        Mutation mutation,
        Func<BranchSnapshot, Task<PlannedCommit>> plan,
        CancellationToken cancellationToken
    )
    {
        await DemandUnprotectedAsync(project, branch.Branch, cancellationToken);
        IReadOnlyList<V1.CheckFailure> warnings = [];
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            // It may be an equal request beside this one that has moved the branch.
            if (attempt > 0 && await requests.FindAsync(project, mutation, cancellationToken) is { } done)
            {
                return await AnswerAsync(project, branch, done, cancellationToken);
            }

            var head = await snapshots.ReadAsync(project, branch.Branch, SnapshotPoint.Head, cancellationToken);
            var planned = await plan(head);
            if (planned.Commit is not { } commit)
            {
                MergeErrors.DemandChecks(planned.Failures);
                // Where an equal request has left nothing to do, this fails as a repetition of it.
                var nothing = PickMemory.Write(null, planned.Counts);
                await requests.RememberAsync(project, mutation, nothing, cancellationToken);
                return new(null, []) { Counts = planned.Counts };
            }

            // As for a merge: without locks at first, and in the commit's own transaction after a lost race.
            var heads = MergeHeads.Alone(head);
            var isTried = attempt == 0 || planned.Failures.Count > 0;
            if (isTried)
            {
                var found = await assertions.TryOutAsync(project, branch, heads, commit, cancellationToken);
                if (found is null)
                {
                    continue;
                }

                MergeErrors.DemandChecks([.. planned.Failures, .. found.Failures]);
                warnings = found.Warnings;
            }

            await using var made = await writer.BeginAsync(project, heads, commit, cancellationToken);
            if (made is null)
            {
                continue;
            }

            if (!isTried)
            {
                var found = await assertions.CheckAsync(made, branch, heads, cancellationToken);
                MergeErrors.DemandChecks(found.Failures);
                warnings = found.Warnings;
            }

            await RecordLookups.AddAllAsync(made.Session, planned.Lookups, cancellationToken);
            var version = made.Receipt.Version;
            var kept = PickMemory.Write(version, planned.Counts);
            await MergeStore.RememberAsync(made.Session, mutation, kept, cancellationToken);
            await made.CommitAsync(cancellationToken);
            return new(await FindAsync(project, branch, version, cancellationToken), warnings)
            {
                Counts = planned.Counts,
                Restored = planned.Restored,
            };
        }

        throw new DendriteException(
            ErrorReason.Unavailable,
            $"Branch '{branch.Branch}' was being changed by others all the time; try again."
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };
    }

    /// <summary>
    /// What the commit door would say at the end: whoever mends conflicts and checks first would do it for nothing.
    /// </summary>
    private async Task DemandUnprotectedAsync(ProjectId project, string branch, CancellationToken cancellationToken)
    {
        var found = await branches.FindAsync(project, branch, cancellationToken);
        if (found is { Protected: true, State: BranchState.Active })
        {
            throw new DendriteException(
                ErrorReason.BranchProtected,
                $"Branch '{branch}' is protected and takes merges only: write to a branch of it and merge that."
            );
        }
    }

    private Task<CommitRecord?> FindAsync(
        ProjectId project,
        BranchName branch,
        CommitVersion version,
        CancellationToken cancellationToken
    ) => commits.FindMadeInAsync(project, branch.Branch, version, cancellationToken);

    /// <param name="Commit">Null: there was nothing to do.</param>
    /// <param name="Warnings">Assertions that do not hold and only warn; none where it had been done before.</param>
    private sealed record MadeCommit(CommitRecord? Commit, IReadOnlyList<V1.CheckFailure> Warnings)
    {
        public PickCounts Counts { get; init; }

        /// <summary>As <see cref="PlannedCommit.Restored"/>; none where it had been done before.</summary>
        public IReadOnlyList<string> Restored { get; init; } = [];
    }

    /// <param name="Commit">Null: there is nothing to do.</param>
    /// <param name="Failures">Constraints that the result would break.</param>
    private sealed record PlannedCommit(MergeCommit? Commit, IReadOnlyList<V1.CheckFailure> Failures)
    {
        /// <summary>Entries for records that stand already, as those of a merge.</summary>
        public IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> Lookups { get; init; } = [];

        /// <summary>Of a pick; zeros for a revert.</summary>
        public PickCounts Counts { get; init; }

        /// <summary>Names of datasets that a pick brings back.</summary>
        public IReadOnlyList<string> Restored { get; init; } = [];
    }

    private static bool IsEmpty(MergeCommit commit) =>
        commit.Records.Count == 0 && commit.Datasets.Count == 0 && commit.Rows.Count == 0;
}
