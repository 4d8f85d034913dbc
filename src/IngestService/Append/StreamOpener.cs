using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.IngestService.Append;

/// <summary>Finds or makes the stream that a writer asks for, and makes it the writer's.</summary>
internal sealed class StreamOpener(
    BranchDirectory branches,
    SignalStreamStore streams,
    WriterStore writers,
    TimeProvider time
)
{
    private const int MaxWriterLength = 200;
    private const int MaxMessageLength = 1_000;

    /// <summary>The proto path of what is asked, in every request that opens a stream.</summary>
    private const string Field = "open";

    /// <summary>Three round trips where the stream exists; a durable commit besides where it has to be made.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="open">What is asked.</param>
    /// <param name="request">By which request; repeated, it gets the epoch that it was given. Null: by any.</param>
    /// <param name="beforeMaking">
    /// Throws where what is to be appended does not fit a new stream of this descriptor: then none is made.
    /// </param>
    /// <param name="cancellation">Stops between round trips.</param>
    /// <exception cref="DendriteException">
    /// MalformedName, PermissionDenied, BranchNotFound, StreamNotFound, StreamLayoutMismatch, StreamFinished,
    /// BranchNotWritable, BranchProtected, WriterFenced, WriterActive, InvalidArgument.
    /// </exception>
    public async Task<OpenedStream> OpenAsync(
        Caller caller,
        V1.AppendOpen open,
        Guid? request,
        Action<SignalStreamDescriptor>? beforeMaking,
        CancellationToken cancellation
    )
    {
        var name = StreamName.Parse(open.Stream, $"{Field}.stream");
        CheckFields(open);
        var branch = await branches.GetAsync(caller, name.Parent, SnapshotPoint.Head, cancellation);
        var message = open.CommitMessage.Length > 0 ? open.CommitMessage : $"Append to {name.Stream}";
        var author = new CommitAuthor(branch.Project, branch.Timeline, caller.Label, message);
        var (stream, created) = await FindOrCreateAsync((name, open, beforeMaking), author, branch, cancellation);
        CheckStream(stream, name, open);
        var claim = ReadClaim(stream, open) with { Request = request };
        var lease = await writers.OpenAsync(branch.Project, branch.Timeline, claim, cancellation);
        if (lease is null)
        {
            await ThrowIfEndedAsync(caller, name, open, cancellation);
            throw Refused(name, open);
        }

        return new(name, new(branch.Project, branch.Timeline, caller.Label), stream, lease)
        {
            Created = created,
            CommitMessage = message,
        };
    }

    /// <summary>Says that the writer is done; a failure only makes the next writer take over instead.</summary>
    public Task CloseAsync(OpenedStream opened, CancellationToken cancellation) =>
        writers.ReleaseAsync(
            opened.Project,
            opened.Key.Timeline,
            opened.Stream.StreamId,
            opened.Lease.Epoch,
            cancellation
        );

    /// <summary>The stream may have been deleted or finished since it was looked up.</summary>
    private async Task ThrowIfEndedAsync(
        Caller caller,
        StreamName name,
        V1.AppendOpen open,
        CancellationToken cancellation
    )
    {
        var branch = await branches.GetAsync(caller, name.Parent, SnapshotPoint.Head, cancellation);
        var now = await streams.FindAsync(branch.Project, branch.Snapshot, name.Stream, cancellation);
        CheckStream(now ?? throw NoStream(name), name, open);
    }

    /// <summary>The id of the request to open a stream; null where it has none.</summary>
    public static Guid? RequestOf(V1.AppendOpen open) => RequestFields.RequestId(open.RequestId, $"{Field}.request_id");

    private static DendriteException NoStream(StreamName name) =>
        new(
            ErrorReason.StreamNotFound,
            $"{name} does not exist; set create_if_missing and give its descriptor to make it."
        );

    private async Task<(SignalStream Stream, bool Created)> FindOrCreateAsync(
        (StreamName Name, V1.AppendOpen Open, Action<SignalStreamDescriptor>? BeforeMaking) asked,
        CommitAuthor author,
        BranchView branch,
        CancellationToken cancellation
    )
    {
        var (name, open, beforeMaking) = asked;
        if (await streams.FindAsync(branch.Project, branch.Snapshot, name.Stream, cancellation) is { } stream)
        {
            return (stream, false);
        }

        if (!open.CreateIfMissing)
        {
            throw NoStream(name);
        }

        if (open.Descriptor_ is null)
        {
            throw DendriteException.Invalid(
                $"{Field}.descriptor",
                "is missing: the stream does not exist and is to be made"
            );
        }

        var descriptor = DescriptorReader.ReadNew(name.Stream, open.Descriptor_, $"{Field}.descriptor");
        beforeMaking?.Invoke(descriptor);
        var uid = Guid.CreateVersion7(time.GetUtcNow());
        return await streams.CreateAsync(author, uid, descriptor, cancellation);
    }

    private static void CheckFields(V1.AppendOpen open)
    {
        RequestFields.DeviceText(open.Writer, $"{Field}.writer", MaxWriterLength);
        RequestFields.DeviceText(open.CommitMessage, $"{Field}.commit_message", MaxMessageLength);
        RequestOf(open);
        if (!Enum.IsDefined(open.EpochPolicy))
        {
            throw DendriteException.Invalid($"{Field}.epoch_policy", $"{(int)open.EpochPolicy} is not a policy");
        }

        if (open.EpochPolicy == V1.EpochPolicy.SameEpoch && !open.HasEpoch)
        {
            throw DendriteException.Invalid($"{Field}.epoch", "is missing: SAME_EPOCH needs it");
        }
    }

    private static void CheckStream(SignalStream stream, StreamName name, V1.AppendOpen open)
    {
        if (open.Descriptor_ is not null)
        {
            var given = DescriptorReader.Read(name.Stream, open.Descriptor_, $"{Field}.descriptor");
            if (LayoutDifference.Find(stream.Descriptor, given) is { } difference)
            {
                throw new DendriteException(
                    ErrorReason.StreamLayoutMismatch,
                    $"{name} exists with another layout: {difference}. Append to a stream of another name."
                );
            }
        }

        if (stream.Finished)
        {
            throw new DendriteException(
                ErrorReason.StreamFinished,
                $"{name} was finished at sample {stream.Progress.NextSample} and takes no more; append to a stream "
                    + "of another name."
            )
            {
                Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["end_sample"] = stream.Progress.NextSample.ToString(),
                },
            };
        }
    }

    private static WriterClaim ReadClaim(SignalStream stream, V1.AppendOpen open)
    {
        var claim = new WriterClaim(stream.StreamId, stream.Descriptor.Groups.Count, open.Writer);
        return open.EpochPolicy switch
        {
            V1.EpochPolicy.IfFree => claim with { IfFree = true },
            V1.EpochPolicy.SameEpoch => claim with { SameEpoch = open.Epoch },
            _ => claim,
        };
    }

    private static DendriteException Refused(StreamName name, V1.AppendOpen open) =>
        open.EpochPolicy == V1.EpochPolicy.IfFree
            ? new(
                ErrorReason.WriterActive,
                $"{name} is open by another writer; wait until it is closed, or take it over with TAKE_OVER."
            )
            : new(
                ErrorReason.WriterFenced,
                $"{name}: another writer has opened the stream since epoch {open.Epoch}, or this is another stream "
                    + "of that name; take it over with TAKE_OVER if this writer is to go on."
            );
}
