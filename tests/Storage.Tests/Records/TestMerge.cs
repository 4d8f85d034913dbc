using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Records;

/// <summary>A merge as the tables ask for it, without anything that a merge is for people.</summary>
internal static class TestMerge
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Commits to the target's timeline, which from that version on sees the union.</summary>
    public static async Task<CommitReceipt> CommitAsync(
        RecordLab lab,
        BranchSnapshot target,
        (DivergedView View, Snapshot Union) merge,
        IReadOnlyList<RecordChange> changes
    )
    {
        var rows = RecordRows.Prepare([], changes);
        await using var session = await lab.Lab.Database.BeginAsync(lab.Lab.Project, Token);
        await MergedShadows.MarkAsync(session, merge.View, Token);
        await using var batch = session.CreateBatch();
        var request = new CommitRequest(target.Timeline, CommitKind.Merge, "tests", "", rows.Digest);
        batch.Add(CommitDoor.CreateCommand(request));
        rows.AddTo(batch, lab.Lab.Project, target.Timeline, merge.Union);
        batch
            .Add(
                $"""
                INSERT INTO branching.vector_entry
                SELECT @project, @timeline, owner, {CommitDoor.Version}, through
                FROM unnest(@owners, @through) AS seen (owner, through)
                WHERE owner <> @timeline
                """
            )
            .With("project", lab.Lab.Project.Value)
            .With("timeline", target.Timeline.Value)
            .With(merge.Union);
        var receipt = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token);
        await session.CommitAsync(Token);
        return receipt;
    }
}
