using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Storage;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;

namespace Dendrite.IngestService.Records;

/// <summary>What a plan wants to have committed, and what it found out on the way.</summary>
/// <param name="Commit">Null: nothing is to be written.</param>
/// <param name="Result">For the answer.</param>
internal sealed record CommitPlan<T>(RecordCommit? Commit, T Result)
{
    /// <summary>Entries for records that stand already; see <see cref="RecordLookups.AddAsync"/>.</summary>
    public IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> OldLookups { get; init; } = [];
}

/// <summary>A plan that was carried out.</summary>
/// <param name="Receipt">Null: there was nothing to write.</param>
internal sealed record Committed<T>(T Result, CommitReceipt? Receipt);

/// <summary>
/// Reads, decides and commits, so that what was decided holds for exactly the state that the commit follows. First
/// without a lock; who loses that race decides again while the branch is held still, and cannot lose. Thread-safe.
/// </summary>
/// <remarks>
/// A hundred clients of one branch would lose that race a hundred times a commit. So what is short waits, where others
/// of this process commit to the branch, for its turn, and decides only then: at the head that the one before it left.
/// </remarks>
internal sealed class RecordCommitter(
    RecordWriter writer,
    DoneRequests requests,
    RememberedHeads heads,
    DatasetCatalog catalog
)
{
    /// <summary>
    /// As <see cref="RunAsync"/>, for what takes milliseconds to decide: while it does, others may wait.
    /// </summary>
    public async Task<Committed<T>> RunShortAsync<T>(
        RecordBranch branch,
        Func<RecordBranch, RecordView, Task<CommitPlan<T>>> plan,
        CancellationToken cancellationToken
    )
    {
        if (!writer.IsTaken(branch.State.Timeline))
        {
            return await RunAsync(branch, plan, cancellationToken);
        }

        return await RunInTurnAsync(branch, plan, cancellationToken)
            ?? await AfterLosingAsync(branch, plan, cancellationToken);
    }

    /// <param name="branch">The branch at its head, as <see cref="RecordBranches.AtAsync"/> gives it.</param>
    /// <param name="plan">
    /// Decides on the given state; may be called twice. Whatever it throws ends everything, and nothing is written.
    /// </param>
    public async Task<Committed<T>> RunAsync<T>(
        RecordBranch branch,
        Func<RecordBranch, RecordView, Task<CommitPlan<T>>> plan,
        CancellationToken cancellationToken
    )
    {
        var first = await plan(branch, branch.View);
        if (first.Commit is null)
        {
            return new(first.Result, null);
        }

        // Entries for old records need a transaction of more than one round trip.
        if (first.OldLookups.Count == 0)
        {
            var receipt = await writer.TryCommitAsync(branch.Project, branch.State, first.Commit, cancellationToken);
            if (receipt is not null)
            {
                Remember(branch, first.Commit, receipt);
                return new(first.Result, receipt);
            }
        }

        return await AfterLosingAsync(branch, plan, cancellationToken);
    }

    /// <inheritdoc cref="DoneRequests.OnceAsync"/>
    public Task<TResponse> OnceAsync<TResponse>(
        ProjectId project,
        Mutation mutation,
        Func<Task<Done<TResponse>>> act,
        Func<RememberedCommit, Task<TResponse>> answer,
        CancellationToken cancellationToken
    ) => requests.OnceAsync(project, mutation, act, answer, cancellationToken);

    /// <inheritdoc cref="DoneRequests.OnceShortAsync"/>
    public Task<TResponse> OnceShortAsync<TResponse>(
        ProjectId project,
        Mutation mutation,
        Func<Task<Done<TResponse>>> act,
        Func<RememberedCommit, Task<TResponse>> answer,
        CancellationToken cancellationToken
    ) => requests.OnceShortAsync(project, mutation, act, answer, cancellationToken);

    /// <returns>Null where another process was faster, or what is planned needs the branch held still.</returns>
    private async Task<Committed<T>?> RunInTurnAsync<T>(
        RecordBranch branch,
        Func<RecordBranch, RecordView, Task<CommitPlan<T>>> plan,
        CancellationToken cancellationToken
    )
    {
        var (project, name) = (branch.Project, branch.Name.Branch);
        using var turn = await writer.TakeTurnAsync(branch.State.Timeline, cancellationToken);
        return await TryAsync(heads.Find(project, name))
            ?? await TryAsync(await heads.ReadAsync(project, name, cancellationToken));

        async Task<Committed<T>?> TryAsync(BranchSnapshot? head)
        {
            if (head?.Timeline != branch.State.Timeline)
            {
                return null;
            }

            try
            {
                var at = branch with { State = head };
                var planned = await plan(at, at.View);
                if (planned.Commit is not { } commit)
                {
                    return new(planned.Result, null);
                }

                if (
                    planned.OldLookups.Count > 0
                    || await turn.TryCommitAsync(project, head, commit, cancellationToken) is not { } receipt
                )
                {
                    return null;
                }

                Remember(at, commit, receipt);
                return new(planned.Result, receipt);
            }
            catch (HeadMovedException)
            {
                return null;
            }
            // A refusal counts only where it was decided on what is there now. UNAVAILABLE is none.
            catch (DendriteException refusal) when (head.IsRemembered && refusal.Reason != ErrorReason.Unavailable)
            {
                return null;
            }
        }
    }

    /// <summary>Who only remembered the head reads it first: its name may lead to another timeline by now.</summary>
    private Task<Committed<T>> AfterLosingAsync<T>(
        RecordBranch branch,
        Func<RecordBranch, RecordView, Task<CommitPlan<T>>> plan,
        CancellationToken cancellationToken
    ) => branch.State.IsRemembered ? throw new HeadMovedException() : RunHeldAsync(branch, plan, cancellationToken);

    private async Task<Committed<T>> RunHeldAsync<T>(
        RecordBranch branch,
        Func<RecordBranch, RecordView, Task<CommitPlan<T>>> plan,
        CancellationToken cancellationToken
    )
    {
        var (id, timeline) = (branch.State.Branch, branch.State.Timeline);
        await using var held = await writer.BeginAsync(branch.Project, id, timeline, cancellationToken);
        var second = await plan(branch with { State = held.Head }, held.View);
        if (second.Commit is null)
        {
            return new(second.Result, null);
        }

        await RecordLookups.AddAllAsync(held.View.Session!, second.OldLookups, cancellationToken);
        var receipt = await held.CommitAsync(second.Commit, cancellationToken);
        // The name was read before the lock; if it leads elsewhere since, the check of its revision tells.
        var head = branch.State with
        {
            Version = held.Head.Version,
            Snapshot = held.Head.Snapshot,
            AbsorbedBefore = held.Head.AbsorbedBefore,
        };
        Remember(branch with { State = head }, second.Commit, receipt);
        return new(second.Result, receipt);
    }

    /// <summary>The next one then asks for no more than whether it still is so.</summary>
    private void Remember(RecordBranch at, RecordCommit commit, CommitReceipt receipt)
    {
        heads.Committed(at.Project, at.Name.Branch, at.State, receipt);
        if (commit.Datasets.Count == 0)
        {
            catalog.Committed(at.Project, at.State, receipt.Version);
        }
    }
}
