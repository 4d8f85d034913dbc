using Dendrite.Contracts.Names;
using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Append;

/// <summary>A stream that a writer has opened.</summary>
/// <param name="Name">As the writer calls it.</param>
/// <param name="Key">The commits that its appends take part in.</param>
internal sealed record OpenedStream(StreamName Name, CommitterKey Key, SignalStream Stream, WriterLease Lease)
{
    /// <summary>Whether opening it made it.</summary>
    public bool Created { get; init; }

    public required string CommitMessage { get; init; }

    public ProjectId Project => Key.Project;

    /// <summary>What the branch saw when it was opened.</summary>
    public Snapshot Seen => Lease.Seen;

    /// <summary>What the branch sees now: of its own timeline everything, which only its writers add to.</summary>
    public Snapshot SeenNow() => Seen.Advance(Key.Timeline, new(long.MaxValue));
}
