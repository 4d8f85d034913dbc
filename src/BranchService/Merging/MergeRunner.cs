using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>A merge that was asked for.</summary>
/// <param name="Pair">Branches and the source's point, checked.</param>
/// <param name="Decisions">Made anew for each attempt: a plan notes in them which conflicts they met.</param>
internal sealed record MergeRequest(MergeNames Pair, Func<MergeDecisions> Decisions, Mutation Mutation)
{
    public string Message { get; init; } = "";

    /// <summary>JSON of the policy, for the record.</summary>
    public string PolicyJson { get; init; } = "{}";

    /// <summary>Refused unless the target's head is this version.</summary>
    public long? IfTargetVersion { get; init; }

    /// <summary>The waiting merge that is completed; null: one is recorded.</summary>
    public MergeRecord? Waiting { get; init; }
}

/// <summary>A merge as it was done.</summary>
/// <param name="Merge">Its record; null where there was nothing to merge and none waited.</param>
internal sealed record MergeDone(V1.MergeOutcome Outcome, MergeId? Merge)
{
    /// <summary>The state of the source that was merged, or had nothing to merge.</summary>
    public CommitVersion SourceVersion { get; init; }

    /// <summary>The branch that was merged, whatever it is called since; null: as below.</summary>
    public BranchId? Source { get; init; }

    /// <summary>The state of the target before it; null: it was done before that was kept.</summary>
    public CommitVersion? TargetVersion { get; init; }

    /// <summary>Assertions that do not hold and only warn; none where it had been done before.</summary>
    public IReadOnlyList<V1.CheckFailure> Warnings { get; init; } = [];
}

/// <summary>
/// Merges: plans at two heads without locks, then applies under the target's lock if the heads still stand, else plans
/// again. So two merges into one branch at once follow one another. Thread-safe.
/// </summary>
public sealed class MergeRunner(
    PlatformDatabase database,
    SnapshotReader snapshots,
    SnapshotAligner aligner,
    MergeNovelty novelty,
    MergePlanner planner,
    MergeAssertions assertions,
    MergeWriter writer,
    IdempotencyStore requests
)
{
    /// <summary>A target that moves on faster than its merges are planned is told to come back.</summary>
    private const int MaxAttempts = 20;

    internal async Task<MergeHeads> ReadHeadsAsync(
        ProjectId project,
        MergeNames pair,
        CancellationToken cancellationToken
    )
    {
        var source = await ReadAsync(project, (pair.Ids?.Source, pair.Source.Branch), pair.Point, cancellationToken);
        var target = await ReadAsync(
            project,
            (pair.Ids?.Target, pair.Target.Branch),
            SnapshotPoint.Head,
            cancellationToken
        );
        // A timeline may have been absorbed between the two reads.
        var (left, right) = await aligner.AlignAsync(project, source.Snapshot, target.Snapshot, cancellationToken);
        var heads = new MergeHeads(source with { Snapshot = left }, target with { Snapshot = right })
        {
            SourceAsRead = source.Snapshot,
        };
        return heads with { IsUpToDate = await novelty.IsNothingAsync(project, heads, cancellationToken) };
    }

    private Task<BranchSnapshot> ReadAsync(
        ProjectId project,
        (BranchId? Id, string Name) branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    ) =>
        branch.Id is { } id
            ? snapshots.ReadByIdAsync(project, (id, branch.Name), point, cancellationToken)
            : snapshots.ReadAsync(project, branch.Name, point, cancellationToken);

    /// <summary>Merges, all at once, or changes nothing.</summary>
    /// <exception cref="DendriteException">
    /// MERGE_CONFLICT, CHECKS_FAILED, CONFLICT_CHANGED, HEAD_MOVED, BRANCH_NOT_FOUND, BRANCH_NOT_WRITABLE,
    /// REQUEST_ID_REUSED, UNAVAILABLE: the target moves on all the time.
    /// </exception>
    internal Task<MergeDone> MergeAsync(ProjectId project, MergeRequest request, CancellationToken cancellationToken) =>
        OnceAsync(project, request, () => MergeAnewAsync(project, request, cancellationToken), cancellationToken);

    /// <summary>
    /// Does what leads to a merge, or gives what an equal request before or beside it did, without the warnings.
    /// </summary>
    internal Task<MergeDone> OnceAsync(
        ProjectId project,
        MergeRequest request,
        Func<Task<MergeDone>> act,
        CancellationToken cancellationToken
    ) =>
        requests.OnceAsync(
            project,
            request.Mutation,
            act,
            async kept =>
            {
                // The request may be about the source.
                await database.TellAsync(project, request.Pair.Target.ToString());
                return MergeMemory.Read(kept);
            },
            cancellationToken
        );

    private async Task<MergeDone> MergeAnewAsync(
        ProjectId project,
        MergeRequest request,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var heads = await ReadHeadsAsync(project, request.Pair, cancellationToken);
            if (FindMoved(heads, request) is { } moved)
            {
                throw moved;
            }

            if (heads.IsUpToDate)
            {
                return await EndUpToDateAsync(project, request, heads, cancellationToken);
            }

            var plan = await planner.PlanAsync(WorkOf(project, request, heads), cancellationToken);
            MergeErrors.DemandDecided(plan);
            // Without locks at first; a target that has moved on since must wait the second time.
            var isTried = attempt == 0 || plan.Failures.Count > 0;
            if (isTried)
            {
                if (await TryOutAsync(project, request.Pair, plan, cancellationToken) is not { } tried)
                {
                    continue;
                }

                MergeErrors.DemandChecks(tried.Failures);
                plan = tried;
            }

            if (await ApplyAsync(project, request, plan, isTried, cancellationToken) is { } merged)
            {
                return merged;
            }
        }

        throw Restless(request.Pair);
    }

    /// <summary>
    /// Where the source has nothing that the target does not: a merge that waits ends without a commit.
    /// </summary>
    private async Task<MergeDone> EndUpToDateAsync(
        ProjectId project,
        MergeRequest request,
        MergeHeads heads,
        CancellationToken cancellationToken
    )
    {
        var done = new MergeDone(V1.MergeOutcome.UpToDate, request.Waiting?.Id)
        {
            SourceVersion = heads.Source.Version,
            TargetVersion = heads.Target.Version,
            Source = heads.Source.Branch,
        };
        if (request.Waiting is not { } waiting)
        {
            await requests.RememberAsync(project, request.Mutation, MergeMemory.Write(done), cancellationToken);
            return done;
        }

        await using var session = await database.BeginAsync(project, cancellationToken);
        var progress = new MergeProgress(
            MergeState.Completed,
            heads.Source.Version,
            heads.Target.Version,
            $"{new V1.MergeCounts()}"
        );
        await MergeStore.UpdateAsync(session, waiting, progress, null, cancellationToken);
        await MergeStore.RememberAsync(session, request.Mutation, MergeMemory.Write(done), cancellationToken);
        await session.CommitAsync(cancellationToken);
        return done;
    }

    /// <summary>Plans a merge and runs all checks on what it would show; changes nothing.</summary>
    /// <exception cref="DendriteException">
    /// BRANCH_NOT_FOUND, INVALID_ARGUMENT; UNAVAILABLE: the target moves on all the time.
    /// </exception>
    internal async Task<MergePlan> PreviewAsync(
        ProjectId project,
        MergeNames pair,
        Func<MergeDecisions> decisions,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var heads = await ReadHeadsAsync(project, pair, cancellationToken);
            var work = new MergeWork(project, pair.Target.ToString(), heads, decisions()) { Author = "preview" };
            var plan = await planner.PlanAsync(work, cancellationToken);
            if (plan.IsUndecided)
            {
                return plan;
            }

            if (await TryOutAsync(project, pair, plan, cancellationToken) is { } tried)
            {
                return tried;
            }
        }

        throw Restless(pair);
    }

    /// <summary>
    /// The plan with what assertions say of its result, if it has one; null where the target has moved on.
    /// </summary>
    private async Task<MergePlan?> TryOutAsync(
        ProjectId project,
        MergeNames pair,
        MergePlan plan,
        CancellationToken cancellationToken
    )
    {
        if (!plan.HasResult)
        {
            return plan;
        }

        var found = await assertions.TryOutAsync(project, pair.Target, plan.Heads, plan.Commit, cancellationToken);
        return found is null
            ? null
            : plan with
            {
                Failures = [.. plan.Failures, .. found.Failures],
                Warnings = found.Warnings,
            };
    }

    internal static MergeWork WorkOf(ProjectId project, MergeRequest request, MergeHeads heads) =>
        new(project, request.Pair.Target.ToString(), heads, request.Decisions())
        {
            Author = request.Mutation.Actor,
            Message =
                request.Message.Length > 0
                    ? request.Message
                    : $"Merge {request.Pair.Source.Branch} into {request.Pair.Target.Branch}",
        };

    private async Task<MergeDone?> ApplyAsync(
        ProjectId project,
        MergeRequest request,
        MergePlan plan,
        bool isTried,
        CancellationToken cancellationToken
    )
    {
        await using var merge = await writer.BeginAsync(project, plan.Heads, plan.Commit, cancellationToken);
        if (merge is null)
        {
            return null;
        }

        var warnings = plan.Warnings;
        if (!isTried)
        {
            var found = await assertions.CheckAsync(merge, request.Pair.Target, plan.Heads, cancellationToken);
            MergeErrors.DemandChecks(found.Failures);
            warnings = found.Warnings;
        }

        await RecordLookups.AddAllAsync(merge.Session, plan.Lookups, cancellationToken);
        var id = await RecordAsync(merge, request, plan, cancellationToken);
        var done = new MergeDone(OutcomeOf(plan), id)
        {
            SourceVersion = plan.Heads.Source.Version,
            TargetVersion = plan.Heads.Target.Version,
            Source = plan.Heads.Source.Branch,
        };
        await MergeStore.RememberAsync(merge.Session, request.Mutation, MergeMemory.Write(done), cancellationToken);
        await merge.CommitAsync(cancellationToken);
        return done with { Warnings = warnings };
    }

    private static async Task<MergeId> RecordAsync(
        MergeTransaction merge,
        MergeRequest request,
        MergePlan plan,
        CancellationToken cancellationToken
    )
    {
        var progress = ProgressOf(plan, MergeState.Completed);
        var version = merge.Receipt.Version;
        if (request.Waiting is { } waiting)
        {
            await MergeStore.UpdateAsync(merge.Session, waiting, progress, version, cancellationToken);
            return waiting.Id;
        }

        var subject = SubjectOf(request, plan.Heads);
        return await MergeStore.AddAsync(merge.Session, subject, progress, version, cancellationToken);
    }

    internal static MergeSubject SubjectOf(MergeRequest request, MergeHeads heads) =>
        new(heads.Source.Branch, heads.Target.Branch, request.Pair.Source.Branch, request.Pair.Target.Branch)
        {
            SourcePointJson = request.Pair.PointJson,
            PolicyJson = request.PolicyJson,
            Message = request.Message,
            Creator = request.Mutation.Actor,
        };

    internal static MergeProgress ProgressOf(MergePlan plan, MergeState state) =>
        new(state, plan.Heads.Source.Version, plan.Heads.Target.Version, plan.Counts.ToString());

    internal static V1.MergeOutcome OutcomeOf(MergePlan plan) =>
        plan.Heads.IsUpToDate ? V1.MergeOutcome.UpToDate
        : plan.Heads.Order == SnapshotOrder.After ? V1.MergeOutcome.FastForward
        : V1.MergeOutcome.Merged;

    private static DendriteException Restless(MergeNames pair) =>
        new(
            ErrorReason.Unavailable,
            $"Branch '{pair.Target.Branch}' was being changed by others all the time; try again."
        )
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    /// <summary>Why the target is not what the request expects; null: it is.</summary>
    private static DendriteException? FindMoved(MergeHeads heads, MergeRequest request) =>
        request.IfTargetVersion is { } version && version != heads.Target.Version.Value
            ? new DendriteException(
                ErrorReason.HeadMoved,
                $"Branch '{request.Pair.Target.Branch}' is at version {heads.Target.Version}, not {version}; "
                    + "preview the merge again and retry."
            )
            : null;
}
