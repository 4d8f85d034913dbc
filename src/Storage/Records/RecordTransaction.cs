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
        await using var batch = session.CreateBatch();
        batch.Add("SELECT branching.lock_timeline(@timeline)").With("timeline", timeline.Value);
        // A statement of its own: it sees what was committed while the lock was waited for.
        batch
            .Add(
                $"""
                SELECT v.owner_timeline_id, v.through_version,
                    {SnapshotSql.AbsorbedBefore("v.owner_timeline_id", "v.through_version")}
                FROM branching.vector_at_head(@timeline) AS v
                """
            )
            .With("timeline", timeline.Value)
            .With("project", session.Project.Value);
        var head = await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.ReadAsync(token);
                var version = new CommitVersion(reader.GetInt64(0));
                await reader.NextResultAsync(token);
                var entries = new List<SnapshotEntry>();
                var absorbedBefore = CommitVersion.Zero.Value;
                while (await reader.ReadAsync(token))
                {
                    entries.Add(new(new(reader.GetInt64(0)), new(reader.GetInt64(1))));
                    absorbedBefore = Math.Max(absorbedBefore, reader.GetInt64(2));
                }

                return new BranchSnapshot(branch, timeline, version, Snapshot.Of(entries))
                {
                    AbsorbedBefore = new(absorbedBefore),
                };
            },
            cancellationToken
        );
        return new(session, head);
    }
}
