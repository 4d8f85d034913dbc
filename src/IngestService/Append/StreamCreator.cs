using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Records;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Append;

/// <summary>Makes streams without samples.</summary>
internal sealed class StreamCreator(
    BranchDirectory branches,
    SignalStreamStore streams,
    DoneRequests requests,
    TimeProvider time
)
{
    /// <exception cref="DendriteException">AlreadyExists, and those of opening a stream.</exception>
    public async Task<V1.CreateStreamResponse> CreateAsync(
        Caller caller,
        V1.CreateStreamRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellation
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var name = new StreamName(parent.Project, parent.Branch, ResourceId.Check(request.StreamId, "stream_id"));
        var mutation = mutationOf(name.ToString());
        if (request.Stream is null)
        {
            throw DendriteException.Invalid("stream", "is missing: say what the stream is");
        }

        var descriptor = DescriptorReader.ReadNew(name.Stream, request.Stream, "stream");
        var branch = await branches.GetAsync(caller, parent, SnapshotPoint.Head, cancellation);
        var made = await requests.OnceAsync(
            branch.Project,
            mutation,
            async () =>
                new Done<SignalStream>(await CreateAsync(branch, name, descriptor, mutation, cancellation), true),
            before => FindAsync(caller, name, before.Version, cancellation),
            cancellation
        );
        return new() { Stream = StreamMapper.ToContract(made, parent), Version = made.Version.Value };
    }

    private async Task<SignalStream> CreateAsync(
        BranchView branch,
        StreamName name,
        SignalStreamDescriptor descriptor,
        Mutation mutation,
        CancellationToken cancellation
    )
    {
        var message = $"Create stream {name.Stream}";
        var author = new CommitAuthor(branch.Project, branch.Timeline, mutation.Actor, message);
        var uid = Guid.CreateVersion7(time.GetUtcNow());
        var (stream, created) = await streams.CreateAsync(author, uid, descriptor, mutation, cancellation);
        return created
            ? stream
            : throw new DendriteException(
                ErrorReason.AlreadyExists,
                $"{name} exists already: append to it, or choose another id."
            );
    }

    /// <summary>The stream as it was made, whatever became of it.</summary>
    private async Task<SignalStream> FindAsync(
        Caller caller,
        StreamName name,
        CommitVersion version,
        CancellationToken cancellation
    )
    {
        var then = await branches.GetAsync(caller, name.Parent, SnapshotPoint.At(version), cancellation);
        var made = await streams.FindAsync(then.Project, then.Snapshot, name.Stream, cancellation);
        return made ?? throw new InvalidOperationException($"{name} was made at version {version} and is not there.");
    }
}
