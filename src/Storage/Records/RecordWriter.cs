using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>Commits datasets and records to a branch. Thread-safe.</summary>
/// <remarks>
/// What a caller validated is what it read, so a commit follows exactly that state. First without a lock: read at a
/// head, then <see cref="TryCommitAsync"/>, which does nothing where the branch has moved on. Whoever loses that race
/// reads again under the timeline's lock (<see cref="BeginAsync"/>) and cannot lose.
/// </remarks>
public sealed class RecordWriter(PlatformDatabase database)
{
    /// <summary>
    /// Commits, if the branch still stands at the head that was read. One round trip and a flush of the log.
    /// </summary>
    /// <param name="head">The branch at its head, as it was read.</param>
    /// <returns>Null where the branch has moved on: nothing was done.</returns>
    /// <exception cref="ArgumentException">A key or a dataset occurs twice.</exception>
    /// <exception cref="Errors.DendriteException">
    /// BRANCH_PROTECTED, BRANCH_NOT_WRITABLE: the commit door refuses.
    /// </exception>
    public async Task<CommitReceipt?> TryCommitAsync(
        ProjectId project,
        BranchSnapshot head,
        RecordCommit commit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = Prepare(project, head, commit);
        using var turn = await database.TakeTurnAsync(head.Timeline, cancellationToken);
        return await SendAsync(batch, cancellationToken);
    }

    /// <summary>Whether others of this process are committing to a timeline, or wait to.</summary>
    public bool IsTaken(TimelineId timeline) => database.IsTaken(timeline);

    /// <summary>
    /// Waits until those of this process that came before have committed to a timeline: what is read in the turn is
    /// what its commit follows, unless another process is faster. Takes no connection and no lock.
    /// </summary>
    public async Task<RecordTurn> TakeTurnAsync(TimelineId timeline, CancellationToken cancellationToken) =>
        new(this, timeline, await database.TakeTurnAsync(timeline, cancellationToken));

    /// <summary>Takes the timeline's lock, and reads what the branch sees under it. One round trip.</summary>
    public async Task<RecordTransaction> BeginAsync(
        ProjectId project,
        BranchId branch,
        TimelineId timeline,
        CancellationToken cancellationToken
    )
    {
        var session = await database.BeginAsync(project, timeline, cancellationToken);
        try
        {
            return await RecordTransaction.LockAsync(session, branch, timeline, cancellationToken);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    internal ProjectBatch Prepare(ProjectId project, BranchSnapshot head, RecordCommit commit)
    {
        var rows = RecordRows.Prepare(commit.Datasets, commit.Records);
        var batch = database.CreateBatch(project);
        batch.Use(PlannerSettings.ByKey);
        batch.Add(CommitDoor.CreateCommand(Request(head.Timeline, commit, rows) with { Expected = head }));
        rows.AddTo(batch, project, head);
        commit.AddRequestTo(batch);
        return batch;
    }

    /// <summary>Null where the head that the batch expects is not the head any more.</summary>
    internal static async Task<CommitReceipt?> SendAsync(ProjectBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            return await batch.ReadAsync(CommitDoor.ReadReceiptAsync, cancellationToken);
        }
        catch (PostgresException moved) when (moved.SqlState == CommitDoor.HeadMoved)
        {
            return null;
        }
    }

    internal static CommitRequest Request(TimelineId timeline, RecordCommit commit, RecordRows rows) =>
        new(timeline, commit.Kind, commit.Author, commit.Message, rows.Digest) { Statistics = rows.Statistics };
}
