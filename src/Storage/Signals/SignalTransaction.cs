using Dendrite.Storage.Commits;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Signals;

/// <summary>
/// A branch held still while what lies beside its samples is changed: what is read through <see cref="View"/> is what
/// the commit follows. Appends to the branch wait. Undone unless committed.
/// </summary>
public sealed class SignalTransaction : IAsyncDisposable
{
    private readonly ProjectSession session;
    private readonly TimelineId timeline;

    private SignalTransaction(ProjectSession session, TimelineId timeline, Snapshot seen)
    {
        this.session = session;
        this.timeline = timeline;
        View = new(session.Project, seen) { Session = session };
    }

    /// <summary>The branch as it is while this lasts; reads inside the transaction.</summary>
    public RecordView View { get; }

    /// <summary>Takes the timeline's lock, and reads what the branch sees under it. One round trip.</summary>
    public static async Task<SignalTransaction> BeginAsync(
        PlatformDatabase database,
        ProjectId project,
        TimelineId timeline,
        CancellationToken cancellationToken
    )
    {
        var session = await database.BeginAsync(project, timeline, cancellationToken);
        try
        {
            var held = await HeldTimeline.LockAsync(session, timeline, cancellationToken);
            return new(session, timeline, held.Seen);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Commits and ends the transaction. Two round trips and a flush of the log.</summary>
    /// <exception cref="Errors.DendriteException">
    /// BRANCH_PROTECTED, BRANCH_NOT_WRITABLE: the commit door refuses.
    /// </exception>
    public async Task<CommitVersion> CommitAsync(SignalChange change, CancellationToken cancellationToken)
    {
        var digest = SignalChangeDigest.Compute(change.Rows);
        await using var batch = session.CreateBatch();
        batch.Add(
            CommitDoor.CreateCommand(
                new(timeline, CommitKind.Write, change.Request.Actor, change.Message, digest)
                {
                    Statistics = change.Statistics,
                }
            )
        );
        VersionedRow.AddTo(batch, session.Project, timeline.Value, change.Rows);
        foreach (var stream in change.FencedStreams)
        {
            WriterRows.AddFence(batch, session.Project, timeline, stream);
        }

        IdempotencyStore.AddCommittedTo(batch, change.Request, change.Outcome);
        var receipt = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, cancellationToken);
        await session.CommitAsync(cancellationToken);
        return receipt.Version;
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();
}
