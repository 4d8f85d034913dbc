using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.IngestService.Append;

/// <summary>Makes streams without samples.</summary>
internal sealed class StreamCreator(BranchDirectory branches, SignalStreamStore streams, TimeProvider time)
{
    /// <exception cref="DendriteException">AlreadyExists, and those of opening a stream.</exception>
    public async Task<V1.CreateStreamResponse> CreateAsync(
        Caller caller,
        V1.CreateStreamRequest request,
        CancellationToken cancellation
    )
    {
        var parent = BranchName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.StreamId, "stream_id");
        RequestFields.RequestId(request.RequestId);
        if (request.Stream is null)
        {
            throw DendriteException.Invalid("stream", "is missing: say what the stream is");
        }

        var descriptor = DescriptorReader.Read(id, request.Stream, "stream");
        var branch = await branches.GetAsync(caller, parent, SnapshotPoint.Head, cancellation);
        var author = new CommitAuthor(branch.Project, branch.Timeline, caller.Label, $"Create stream {id}");
        var uid = Guid.CreateVersion7(time.GetUtcNow());
        var (stream, created) = await streams.CreateAsync(author, uid, descriptor, cancellation);
        if (!created)
        {
            throw new DendriteException(ErrorReason.AlreadyExists, $"{parent}/streams/{id} exists already.");
        }

        return new() { Stream = StreamMapper.ToContract(stream, parent), Version = stream.Version.Value };
    }
}
