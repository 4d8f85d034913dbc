using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Records;
using Dendrite.IngestService.Streams;
using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Google.Protobuf;

namespace Dendrite.IngestService.Changes;

/// <summary>What became of a change.</summary>
/// <param name="Version">The commit that made it; zero where there was nothing to change.</param>
/// <param name="Outcome">As the change said it; the same when the request is repeated.</param>
internal readonly record struct ChangeResult(CommitVersion Version, ReadOnlyMemory<byte> Outcome);

/// <summary>
/// Changes what lies beside a stream's samples: decided while the branch is held still, in one commit with its audit,
/// and once however often the request is sent. Thread-safe.
/// </summary>
internal sealed class StreamChanges(
    BranchDirectory branches,
    SignalStreamStore streams,
    PlatformDatabase database,
    DoneRequests requests
)
{
    /// <summary>Five round trips and those of the plan, and a flush of the log.</summary>
    /// <param name="name">The stream.</param>
    /// <param name="mutation">Who asks.</param>
    /// <param name="plan">
    /// Decides, from the stream as it is (null: there is none) and what it reads through the transaction; null: there
    /// is nothing to change. What it throws ends everything, and nothing is written.
    /// </param>
    /// <exception cref="DendriteException">BRANCH_NOT_FOUND, BRANCH_PROTECTED, BRANCH_NOT_WRITABLE.</exception>
    public async Task<ChangeResult> RunAsync(
        Caller caller,
        StreamName name,
        Mutation mutation,
        Func<SignalTransaction, SignalStream?, Task<SignalChange?>> plan,
        CancellationToken cancellationToken
    )
    {
        var branch = await branches.GetAsync(caller, name.Parent, SnapshotPoint.Head, cancellationToken);
        return await requests.OnceAsync(
            branch.Project,
            mutation,
            ActAsync,
            before => Task.FromResult(new ChangeResult(before.Version, before.Answer.Memory)),
            cancellationToken
        );

        async Task<Done<ChangeResult>> ActAsync()
        {
            await using var held = await SignalTransaction.BeginAsync(
                database,
                branch.Project,
                branch.Timeline,
                cancellationToken
            );
            var stream = await streams.FindAsync(held.View, name.Stream, cancellationToken);
            return await plan(held, stream) is { } change
                ? new(new(await held.CommitAsync(change, cancellationToken), change.Outcome), IsCommitted: true)
                : new(default, IsCommitted: false) { Nothing = RememberedCommit.OfNothing(ByteString.Empty) };
        }
    }

    /// <summary>A stream as the branch saw it at one of its versions. Two round trips.</summary>
    /// <exception cref="DendriteException">STREAM_NOT_FOUND.</exception>
    public async Task<SignalStream> GetAsync(
        Caller caller,
        StreamName name,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var branch = await branches.GetAsync(caller, name.Parent, SnapshotPoint.At(version), cancellationToken);
        var stream = await streams.FindAsync(branch.Project, branch.Snapshot, name.Stream, cancellationToken);
        return stream ?? throw NoStream(name);
    }

    public static DendriteException NoStream(StreamName name) =>
        new(ErrorReason.StreamNotFound, $"{name} does not exist; list the branch's streams for those that do.");
}
