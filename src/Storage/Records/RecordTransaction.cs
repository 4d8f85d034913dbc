using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>
/// A branch held still: what is read through <see cref="View"/> is what the commit follows. Undone unless committed.
/// </summary>
public sealed class RecordTransaction : IAsyncDisposable
{
    private readonly ProjectSession session;

    private RecordTransaction(ProjectSession session, BranchSnapshot head)
    {
        this.session = session;
        Head = head;
    }

    /// <summary>The branch as it is while this lasts.</summary>
    public BranchSnapshot Head { get; }

    /// <summary>Reads inside the transaction.</summary>
    public RecordView View => RecordView.Of(session.Project, Head) with { Session = session };

    /// <summary>Commits and ends the transaction. Two round trips and a flush of the log.</summary>
    /// <exception cref="Errors.DendriteException">
    /// BRANCH_PROTECTED, BRANCH_NOT_WRITABLE: the commit door refuses.
    /// </exception>
    public async Task<CommitReceipt> CommitAsync(RecordCommit commit, CancellationToken cancellationToken)
    {
        var rows = RecordRows.Prepare(commit.Datasets, commit.Records);
        await using var batch = session.CreateBatch();
        batch.Use(PlannerSettings.ByKey);
        batch.Add(CommitDoor.CreateCommand(RecordWriter.Request(Head.Timeline, commit, rows)));
        rows.AddTo(batch, session.Project, Head);
        commit.AddRequestTo(batch);
        var receipt = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return receipt;
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    internal static async Task<RecordTransaction> LockAsync(
        ProjectSession session,
        BranchId branch,
        TimelineId timeline,
        CancellationToken cancellationToken
    )
    {
        var held = await HeldTimeline.LockAsync(session, timeline, cancellationToken);
        return new(session, new(branch, timeline, held.Version, held.Seen) { AbsorbedBefore = held.AbsorbedBefore });
    }
}
