using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>
/// The turn to commit to a timeline, among those of this process: from <see cref="RecordWriter.TakeTurnAsync"/>.
/// Dispose it soon, for others wait; it takes no second turn, so <see cref="RecordWriter"/> must not be asked for one
/// meanwhile.
/// </summary>
public sealed class RecordTurn : IDisposable
{
    private readonly RecordWriter writer;
    private readonly TimelineId timeline;
    private readonly IDisposable turn;

    internal RecordTurn(RecordWriter writer, TimelineId timeline, IDisposable turn)
    {
        this.writer = writer;
        this.timeline = timeline;
        this.turn = turn;
    }

    /// <inheritdoc cref="RecordWriter.TryCommitAsync"/>
    /// <exception cref="ArgumentException">Besides: the head is of another timeline.</exception>
    public async Task<CommitReceipt?> TryCommitAsync(
        ProjectId project,
        BranchSnapshot head,
        RecordCommit commit,
        CancellationToken cancellationToken
    )
    {
        if (head.Timeline != timeline)
            throw new ArgumentException($"The turn is of timeline {timeline}, not {head.Timeline}.", nameof(head));
        await using var batch = writer.Prepare(project, head, commit);
        return await RecordWriter.SendAsync(batch, cancellationToken);
    }

    public void Dispose() => turn.Dispose();
}
