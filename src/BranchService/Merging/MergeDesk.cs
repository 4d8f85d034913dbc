using System.Buffers.Binary;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;

namespace Dendrite.BranchService.Merging;

/// <summary>A change of a waiting merge.</summary>
/// <param name="Revision">The revision that it must still have; null: any.</param>
internal sealed record DeskChange(MergeId Merge, string Project, long? Revision, Mutation Mutation);

/// <summary>
/// Merges that wait for decisions, of several people, over days, in any order. Conflicts are found anew at the branch
/// heads whenever they are asked for; decisions are kept by conflict, and a conflict's id is made of what it is about.
/// So when the branches have moved on, decisions that still fit apply and the others say nothing. Thread-safe.
/// </summary>
public sealed class MergeDesk(
    PlatformDatabase database,
    MergeStore merges,
    MergeRunner runner,
    MergePlanner planner,
    IdempotencyStore requests
)
{
    /// <summary>Who decides without an etag is tried again so often where others decided meanwhile.</summary>
    private const int MaxAttempts = 20;

    /// <exception cref="DendriteException">ALREADY_EXISTS: one of the same branches waits; as a preview.</exception>
    internal async Task<MergeId> OpenAsync(
        ProjectId project,
        MergeRequest request,
        CancellationToken cancellationToken
    ) =>
        (
            await OnceAsync(
                project,
                request.Mutation,
                async () => new(await OpenAnewAsync(project, request, cancellationToken), []),
                cancellationToken
            )
        ).Merge;

    private async Task<MergeId> OpenAnewAsync(
        ProjectId project,
        MergeRequest request,
        CancellationToken cancellationToken
    )
    {
        var heads = await runner.ReadHeadsAsync(project, request.Pair, cancellationToken);
        var work = MergeRunner.WorkOf(project, request, heads);
        var plan = await planner.PlanAsync(work, cancellationToken);
        MergeErrors.DemandMet(plan, work.Decisions);
        await using var session = await database.BeginAsync(project, cancellationToken);
        var progress = MergeRunner.ProgressOf(plan, StateOf(plan));
        var subject = MergeRunner.SubjectOf(request, heads);
        await MergeStore.DemandNoneWaitsAsync(session, subject, cancellationToken);
        var id = await MergeStore.AddAsync(session, subject, progress, null, cancellationToken);
        await MergeStore.RememberAsync(session, request.Mutation, id.Value, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return id;
    }

    /// <summary>All conflicts of a waiting merge at the branches' heads, with their decisions.</summary>
    internal async Task<IReadOnlyList<PlannedConflict>> ListConflictsAsync(
        ProjectId project,
        MergeId id,
        string projectName,
        CancellationToken cancellationToken
    )
    {
        var merge = await merges.GetAsync(project, id, cancellationToken);
        DemandOpen(merge);
        var decisions = await ListDecisionsAsync(project, merge, cancellationToken);
        var plan = await PlanAsync(project, merge, projectName, DecisionsOf(merge, decisions), cancellationToken);
        var byConflict = decisions.ToDictionary(decision => decision.ConflictId, StringComparer.Ordinal);
        // What did not fit is not there.
        foreach (var conflict in plan.Conflicts.Select(conflict => conflict.Contract))
        {
            if (conflict.Resolution is not null && byConflict.TryGetValue(conflict.ConflictId, out var decision))
            {
                conflict.Resolver = decision.Resolver;
                conflict.ResolveTime = Timestamps.Of(decision.Time);
            }
        }

        return plan.Conflicts;
    }

    internal Task DecideAsync(
        ProjectId project,
        DeskChange change,
        IReadOnlyList<V1.Resolution> resolutions,
        CancellationToken cancellationToken
    ) =>
        OnceAsync(
            project,
            change.Mutation,
            async () =>
            {
                for (var attempt = 1; ; attempt++)
                {
                    try
                    {
                        await DecideAnewAsync(project, change, resolutions, cancellationToken);
                        return new(change.Merge, []);
                    }
                    catch (DendriteException other)
                        when (other.Reason == ErrorReason.EtagMismatch
                            && change.Revision is null
                            && attempt < MaxAttempts
                        )
                    {
                        // Who gives no etag does not mind what others decide meanwhile.
                    }
                }
            },
            cancellationToken
        );

    private async Task DecideAnewAsync(
        ProjectId project,
        DeskChange change,
        IReadOnlyList<V1.Resolution> resolutions,
        CancellationToken cancellationToken
    )
    {
        var merge = await GetAsync(project, change, cancellationToken);
        var now = resolutions
            .GroupBy(resolution => resolution.ConflictId, StringComparer.Ordinal)
            .Select(group => new MergeDecision(group.Key, $"{group.Last()}", change.Mutation.Actor, default))
            .ToList();
        var before = await ListDecisionsAsync(project, merge, cancellationToken);
        var ids = now.Select(decision => decision.ConflictId).ToHashSet(StringComparer.Ordinal);
        var all = before.Where(decision => !ids.Contains(decision.ConflictId)).Concat(now).ToList();
        var decisions = DecisionsOf(merge, all, FieldOf);
        var plan = await PlanAsync(project, merge, change.Project, decisions, cancellationToken);
        MergeErrors.DemandMet(plan, decisions);
        await using var session = await database.BeginAsync(project, cancellationToken);
        var progress = MergeRunner.ProgressOf(plan, StateOf(plan));
        await MergeStore.UpdateAsync(session, merge, progress, null, cancellationToken);
        await MergeStore.DecideAsync(session, change.Merge, now, cancellationToken);
        await MergeStore.RememberAsync(session, change.Mutation, change.Merge.Value, cancellationToken);
        await session.CommitAsync(cancellationToken);

        // The last one about a conflict counts, as above.
        string? FieldOf(string conflict) =>
            ids.Contains(conflict)
                ? $"resolutions[{resolutions.ToList().FindLastIndex(one => one.ConflictId == conflict)}]"
                : null;
    }

    /// <returns>Assertions that do not hold and only warn; none where it had been done before.</returns>
    internal async Task<IReadOnlyList<V1.CheckFailure>> CompleteAsync(
        ProjectId project,
        DeskChange change,
        CancellationToken cancellationToken
    )
    {
        var answer = await OnceAsync(
            project,
            change.Mutation,
            async () => new(change.Merge, await CompleteAnewAsync(project, change, cancellationToken)),
            cancellationToken
        );
        if (answer.IsRepeated)
        {
            // The request is about the merge, and not about the branch that took it.
            var merge = await merges.GetAsync(project, change.Merge, cancellationToken);
            await database.TellAsync(project, MergeNames.Of(merge, change.Project).Target.ToString());
        }

        return answer.Warnings;
    }

    private async Task<IReadOnlyList<V1.CheckFailure>> CompleteAnewAsync(
        ProjectId project,
        DeskChange change,
        CancellationToken cancellationToken
    )
    {
        var merge = await GetAsync(project, change, cancellationToken);
        var decisions = await ListDecisionsAsync(project, merge, cancellationToken);
        var pair = MergeNames.Of(merge, change.Project);
        // Decisions that fit no conflict any more are left out: what they were about is gone or has changed.
        var known = DecisionsOf(merge, decisions);
        var plan = await PlanAsync(project, merge, change.Project, known, cancellationToken);
        var fitting = decisions.Where(decision => !plan.Unmet.Contains(decision.ConflictId)).ToList();
        var request = new MergeRequest(pair, () => DecisionsOf(merge, fitting), change.Mutation)
        {
            Message = merge.Subject.Message,
            Waiting = merge,
        };
        return (await runner.MergeAsync(project, request, cancellationToken)).Warnings;
    }

    internal Task AbandonAsync(ProjectId project, DeskChange change, CancellationToken cancellationToken) =>
        OnceAsync(
            project,
            change.Mutation,
            async () =>
            {
                await AbandonAnewAsync(project, change, cancellationToken);
                return new(change.Merge, []);
            },
            cancellationToken
        );

    private async Task AbandonAnewAsync(ProjectId project, DeskChange change, CancellationToken cancellationToken)
    {
        var merge = await GetAsync(project, change, cancellationToken);
        await using var session = await database.BeginAsync(project, cancellationToken);
        var progress = merge.Progress with { State = MergeState.Abandoned };
        await MergeStore.UpdateAsync(session, merge, progress, null, cancellationToken);
        await MergeStore.RememberAsync(session, change.Mutation, change.Merge.Value, cancellationToken);
        await session.CommitAsync(cancellationToken);
    }

    private async Task<MergeRecord> GetAsync(ProjectId project, DeskChange change, CancellationToken cancellationToken)
    {
        var merge = await merges.GetAsync(project, change.Merge, cancellationToken);
        DemandOpen(merge);
        return change.Revision is null || change.Revision == merge.Revision
            ? merge
            : throw new DendriteException(
                ErrorReason.EtagMismatch,
                $"Merge {merge.Id} was changed since its etag was read; read it again and retry."
            );
    }

    private async Task<MergePlan> PlanAsync(
        ProjectId project,
        MergeRecord merge,
        string projectName,
        MergeDecisions decisions,
        CancellationToken cancellationToken
    )
    {
        var pair = MergeNames.Of(merge, projectName);
        var heads = await runner.ReadHeadsAsync(project, pair, cancellationToken);
        var work = new MergeWork(project, pair.Target.ToString(), heads, decisions) { Author = merge.Subject.Creator };
        return await planner.PlanAsync(work, cancellationToken);
    }

    /// <summary>What was decided so far: by who opened the merge, in its policy, and one by one since.</summary>
    private async Task<IReadOnlyList<MergeDecision>> ListDecisionsAsync(
        ProjectId project,
        MergeRecord merge,
        CancellationToken cancellationToken
    )
    {
        var since = await merges.ListDecisionsAsync(project, merge.Id, cancellationToken);
        var inOpening = PolicyOf(merge)
            .Resolutions.GroupBy(resolution => resolution.ConflictId, StringComparer.Ordinal)
            .Select(group => new MergeDecision(group.Key, $"{group.Last()}", merge.Subject.Creator, merge.CreateTime));
        return [.. since.Concat(inOpening).DistinctBy(decision => decision.ConflictId, StringComparer.Ordinal)];
    }

    private static V1.MergePolicy PolicyOf(MergeRecord merge) =>
        V1.MergePolicy.Parser.ParseJson(merge.Subject.PolicyJson);

    /// <param name="decisions">All of them, those of the policy included.</param>
    /// <param name="fieldOf">
    /// A conflict to the proto path of its decision in the request, null where it was taken before; null: all were.
    /// </param>
    private static MergeDecisions DecisionsOf(
        MergeRecord merge,
        IReadOnlyList<MergeDecision> decisions,
        Func<string, string?>? fieldOf = null
    )
    {
        var policy = PolicyOf(merge);
        policy.Resolutions.Clear();
        var read = MergeDecisions.Read(policy, "merge.policy");
        foreach (var decision in decisions)
        {
            var resolution = V1.Resolution.Parser.ParseJson(decision.ResolutionJson);
            if (fieldOf?.Invoke(decision.ConflictId) is { } field)
            {
                read.Add(resolution, field);
            }
            else
            {
                read.Keep(resolution);
            }
        }

        return read;
    }

    private Task<DeskAnswer> OnceAsync(
        ProjectId project,
        Mutation mutation,
        Func<Task<DeskAnswer>> act,
        CancellationToken cancellationToken
    ) =>
        requests.OnceAsync(
            project,
            mutation,
            act,
            id =>
                Task.FromResult(new DeskAnswer(new(BinaryPrimitives.ReadInt64BigEndian(id)), []) { IsRepeated = true }),
            cancellationToken
        );

    private static MergeState StateOf(MergePlan plan) => plan.IsUndecided ? MergeState.Waiting : MergeState.Ready;

    private static void DemandOpen(MergeRecord merge)
    {
        if (merge.Progress.State is MergeState.Completed or MergeState.Abandoned)
        {
            throw new DendriteException(
                ErrorReason.MergeClosed,
                $"Merge {merge.Id} is {merge.Progress.State.ToString().ToLowerInvariant()}: open a new one."
            );
        }
    }

    /// <param name="Warnings">As <see cref="MergeDone.Warnings"/>.</param>
    private sealed record DeskAnswer(MergeId Merge, IReadOnlyList<V1.CheckFailure> Warnings)
    {
        /// <summary>Whether it was done by an equal request before or beside this one.</summary>
        public bool IsRepeated { get; init; }
    }
}
