using System.Buffers.Binary;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Changes;

/// <summary>Writes and deletes annotations of a stream, as many as a request has in one commit. Thread-safe.</summary>
internal sealed class AnnotationEditor(StreamChanges changes, DivergedRows rows)
{
    private const int MaxAnnotations = 1_000;

    /// <exception cref="DendriteException">STREAM_NOT_FOUND, CHANNEL_NOT_FOUND, INVALID_ARGUMENT.</exception>
    public async Task<V1.PutAnnotationsResponse> PutAsync(
        Caller caller,
        V1.PutAnnotationsRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellationToken
    )
    {
        var name = StreamName.Parse(request.Stream, "stream");
        RequireCount(request.Annotations.Count, "annotations");
        var mutation = mutationOf(name.ToString());
        var done = await changes.RunAsync(caller, name, mutation, PlanAsync, cancellationToken);
        // The ids of a repeated request are those of the first: they follow from the stream and what is said.
        var stream = await changes.GetAsync(caller, name, done.Version, cancellationToken);
        var response = new V1.PutAnnotationsResponse { Version = done.Version.Value };
        response.Annotations.AddRange(
            Read(request, stream)
                .Select(annotation => AnnotationMapper.ToContract(annotation with { Version = done.Version }))
        );
        return response;

        Task<SignalChange?> PlanAsync(SignalTransaction held, SignalStream? stream)
        {
            var annotations = Read(request, stream ?? throw StreamChanges.NoStream(name));
            var written = annotations.Select(annotation => AnnotationRow.Of(stream.StreamId, annotation)).ToArray();
            var message = $"Annotate stream {name.Stream}";
            return Task.FromResult<SignalChange?>(ToChange(message, mutation, written));
        }
    }

    /// <exception cref="DendriteException">STREAM_NOT_FOUND, INVALID_ARGUMENT.</exception>
    public async Task<V1.DeleteAnnotationsResponse> DeleteAsync(
        Caller caller,
        V1.DeleteAnnotationsRequest request,
        Func<string, Mutation> mutationOf,
        CancellationToken cancellationToken
    )
    {
        var name = StreamName.Parse(request.Stream, "stream");
        RequireCount(request.AnnotationIds.Count, "annotation_ids");
        var ids = request.AnnotationIds.Select(ReadId).Distinct().ToArray();
        var mutation = mutationOf(name.ToString());
        var done = await changes.RunAsync(caller, name, mutation, PlanAsync, cancellationToken);
        return new()
        {
            Version = done.Version.Value,
            DeletedCount = done.Outcome.IsEmpty ? 0 : BinaryPrimitives.ReadInt32BigEndian(done.Outcome.Span),
        };

        async Task<SignalChange?> PlanAsync(SignalTransaction held, SignalStream? stream)
        {
            var id = (stream ?? throw StreamChanges.NoStream(name)).StreamId;
            var keys = ids.Select(annotation => AnnotationRow.Key(id, annotation)).ToArray();
            var found = await rows.FindByKeyAsync(held.View, VersionedTable.Annotation, keys, cancellationToken);
            var gone = found
                .OfType<VersionedSide>()
                .Where(side => side.Columns["deleted"]?.GetValue<bool>() != true)
                .Select(side => AnnotationRow.Deleted(side.Columns))
                .ToArray();
            if (gone.Length == 0)
            {
                return null;
            }

            var count = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(count, gone.Length);
            return ToChange($"Delete annotations of stream {name.Stream}", mutation, gone) with { Outcome = count };
        }
    }

    /// <summary>Two of one id would be one row: which of them counts is for the caller to say.</summary>
    private static List<StreamAnnotation> Read(V1.PutAnnotationsRequest request, SignalStream stream)
    {
        HashSet<Guid> ids = [];
        List<StreamAnnotation> annotations = [];
        for (var i = 0; i < request.Annotations.Count; i++)
        {
            var annotation = AnnotationMapper.Read(request.Annotations[i], stream, $"annotations[{i}]");
            if (!ids.Add(annotation.Id))
            {
                throw DendriteException.Invalid(
                    $"annotations[{i}].annotation_id",
                    $"{annotation.Id} occurs twice, or two annotations without an id say the same; send each once"
                );
            }

            annotations.Add(annotation);
        }

        return annotations;
    }

    private static Guid ReadId(string id, int index) =>
        Guid.TryParseExact(id, "D", out var read)
            ? read
            : throw DendriteException.Invalid(
                $"annotation_ids[{index}]",
                $"'{RequestFields.Excerpt(id)}' is not a UUID; give ids as the list of annotations has them"
            );

    private static void RequireCount(int count, string field)
    {
        if (count is 0 or > MaxAnnotations)
        {
            throw DendriteException.Invalid(field, $"has {count} entries; send 1 to {MaxAnnotations} in a request");
        }
    }

    private static SignalChange ToChange(string message, Mutation mutation, VersionedRow[] written) =>
        new(message, mutation, written)
        {
            Statistics = new Dictionary<string, long> { ["annotations"] = written.Length },
        };
}
