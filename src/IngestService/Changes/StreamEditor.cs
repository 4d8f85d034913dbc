using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Changes;

/// <summary>Changes and removes descriptors of streams. Thread-safe.</summary>
internal sealed class StreamEditor(StreamChanges changes, DivergedRows rows)
{
    /// <exception cref="DendriteException">
    /// STREAM_NOT_FOUND, ETAG_MISMATCH, INVALID_UPDATE_MASK, INVALID_ARGUMENT.
    /// </exception>
    public async Task<V1.UpdateStreamResponse> UpdateAsync(
        Caller caller,
        V1.UpdateStreamRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellationToken
    )
    {
        var asked = request.Stream ?? throw DendriteException.Invalid("stream", "is missing: name it and its values");
        var name = StreamName.Parse(asked.Name, "stream.name");
        var paths = UpdateMask.Paths(request.UpdateMask, StreamFields.Updatable(asked));
        var values = StreamFields.Read(asked, paths);
        var mutation = mutationOf(name.ToString());
        var done = await changes.RunAsync(caller, name, mutation, PlanAsync, cancellationToken);
        var changed = await changes.GetAsync(caller, name, done.Version, cancellationToken);
        return new() { Stream = StreamMapper.ToContract(changed, name.Parent), Version = done.Version.Value };

        async Task<SignalChange?> PlanAsync(SignalTransaction held, SignalStream? stream)
        {
            CheckEtag(stream ?? throw StreamChanges.NoStream(name), name, asked.Etag);
            var row = await RestateAsync(held, stream, cancellationToken);
            foreach (var (column, value) in values)
            {
                row.Columns[column] =
                    column == StreamFields.Labels ? StreamFields.Relabel(row.Columns[column], value) : value;
            }

            return ToChange($"Update stream {name.Stream}", mutation, row);
        }
    }

    /// <summary>
    /// The branch sees the stream no more. Its samples stay where they are: forks, tags and earlier versions see them.
    /// Whoever appends to it is fenced.
    /// </summary>
    /// <exception cref="DendriteException">STREAM_NOT_FOUND, ETAG_MISMATCH.</exception>
    public async Task<V1.DeleteStreamResponse> DeleteAsync(
        Caller caller,
        V1.DeleteStreamRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellationToken
    )
    {
        var name = StreamName.Parse(request.Name);
        var mutation = mutationOf(name.ToString());
        var done = await changes.RunAsync(caller, name, mutation, PlanAsync, cancellationToken);
        return new() { Version = done.Version.Value };

        async Task<SignalChange?> PlanAsync(SignalTransaction held, SignalStream? stream)
        {
            if (stream is null)
            {
                return request.AllowMissing ? null : throw StreamChanges.NoStream(name);
            }

            CheckEtag(stream, name, request.Etag);
            var row = await RestateAsync(held, stream, cancellationToken);
            row.Columns["deleted"] = true;
            return ToChange($"Delete stream {name.Stream}", mutation, row) with { FencedStreams = [stream] };
        }
    }

    /// <summary>The stream's descriptor as it stands, to be written once more.</summary>
    private async Task<VersionedRow> RestateAsync(
        SignalTransaction held,
        SignalStream stream,
        CancellationToken cancellationToken
    )
    {
        long[] ids = [stream.StreamId];
        var found = await rows.FindAsync(held.View, VersionedTable.Stream, ids, cancellationToken);
        var columns = found[stream.StreamId].Columns;
        // PostgreSQL reads this as the time of its transaction, which is also that of a new stream.
        columns["update_time"] = "now";
        return new(VersionedTable.Stream, columns);
    }

    private static SignalChange ToChange(string message, Mutation mutation, VersionedRow row) =>
        new(message, mutation, [row]) { Statistics = new Dictionary<string, long> { ["streams"] = 1 } };

    private static void CheckEtag(SignalStream stream, StreamName name, string etag)
    {
        if (etag.Length > 0 && etag != StreamMapper.EtagOf(stream))
        {
            throw new DendriteException(
                ErrorReason.EtagMismatch,
                $"{name} has changed since etag {RequestFields.Excerpt(etag)}: read it again and retry."
            );
        }
    }
}
