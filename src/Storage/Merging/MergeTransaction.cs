using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.Storage.Merging;

/// <summary>A merge that is written and not durable yet. Undone unless committed.</summary>
public sealed class MergeTransaction : IAsyncDisposable
{
    internal MergeTransaction(ProjectSession session, TimelineId timeline, CommitReceipt receipt, Snapshot merged)
    {
        Session = session;
        Timeline = timeline;
        Receipt = receipt;
        Merged = merged;
    }

    /// <summary>For what belongs to the same transaction.</summary>
    public ProjectSession Session { get; }

    /// <summary>The timeline that was merged into.</summary>
    public TimelineId Timeline { get; }

    public CommitReceipt Receipt { get; }

    /// <summary>What the target sees after the merge.</summary>
    public Snapshot Merged { get; }

    /// <summary>Reads of the merged state.</summary>
    public RecordView View => new(Session.Project, Merged) { Session = Session };

    /// <summary>Makes the merge durable and visible. One round trip and a flush of the log.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) => Session.CommitAsync(cancellationToken);

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}
