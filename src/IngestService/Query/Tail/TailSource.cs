using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>
/// Looks at a branch's head for those who follow a stream of it: in PostgreSQL, which is the truth. Thread-safe.
/// </summary>
internal sealed class TailSource(SnapshotReader snapshots, SignalStreamStore streams, SnapshotAligner aligner)
{
    /// <summary>The head as it is now. One round trip, one more where it is another than before.</summary>
    /// <param name="before">What the look before found; null: this is the first.</param>
    /// <returns><paramref name="before"/> itself where nothing changed.</returns>
    /// <exception cref="DendriteException">
    /// BRANCH_NOT_FOUND, STREAM_NOT_FOUND: there is none of that name, or it is another one than before.
    /// </exception>
    public async Task<TailHead> LookAsync(FollowKey key, TailHead? before, CancellationToken cancellation)
    {
        var (project, name) = (key.Project, key.Name);
        var seen = await snapshots.ReadAsync(project, name.Branch, SnapshotPoint.Head, cancellation);
        if (before is not null && before.BranchId != seen.Branch)
        {
            throw new DendriteException(
                ErrorReason.BranchNotFound,
                $"{name.Parent} was deleted, and another branch has its name now: tail the stream again to follow it."
            );
        }

        if (before is not null && (before.Branch.Timeline, before.Branch.Version) == (seen.Timeline, seen.Version))
        {
            return before;
        }

        var stream = await streams.FindAsync(project, seen.Snapshot, name.Stream, cancellation);
        if (stream is null || (before is not null && stream.StreamId != before.Stream.StreamId))
        {
            throw Gone(key, before, stream);
        }

        var view = new BranchView(project, seen.Timeline, seen.Version, seen.Snapshot);
        return new((before?.Number ?? 0) + 1, seen.Branch, view, stream);
    }

    /// <summary>
    /// Up to where two heads of a branch that was reset between them have the same samples. Two round trips at most.
    /// </summary>
    public async Task<long> CommonEndAsync(TailHead before, TailHead now, CancellationToken cancellation)
    {
        var (project, name) = (now.Branch.Project, now.Stream.Descriptor.Name);
        var (old, current) = await aligner.AlignAsync(
            project,
            before.Branch.Snapshot,
            now.Branch.Snapshot,
            cancellation
        );
        var common = await streams.FindAsync(project, Snapshot.Base(old, current), name, cancellation);
        return common?.StreamId == now.Stream.StreamId ? common.Progress.NextSample : 0;
    }

    private static DendriteException Gone(FollowKey key, TailHead? before, SignalStream? now) =>
        new(
            ErrorReason.StreamNotFound,
            (before, now) switch
            {
                (null, _) => $"{key.Name} does not exist; list the branch's streams for those that do.",
                (_, null) =>
                    $"{key.Name} was deleted while it was followed; its forks, tags and earlier versions have it.",
                _ => $"{key.Name} was deleted while it was followed, and another stream has its name: tail it anew.",
            }
        );
}
