using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>Reads what came to a stream between two heads. Thread-safe.</summary>
internal sealed class StepReader(SamplePartReader parts, AnnotationStore annotations)
{
    /// <summary>Annotations of a step that is shared; of more, each reader reads its own.</summary>
    private const int MaxSharedAnnotations = 256;

    /// <summary>Annotations fetched in one round trip.</summary>
    private const int AnnotationPage = 1_000;

    /// <summary>
    /// The whole step, where it holds no more than so many bytes; null where it holds more. Some round trips.
    /// </summary>
    public async Task<TailStep?> TryReadAsync(
        TailHead before,
        TailHead now,
        long maxBytes,
        CancellationToken cancellation
    )
    {
        var range = new SampleRange(before.End, Math.Max(before.End, now.End));
        var notes = new AnnotationQuery(now.Stream.StreamId, MaxSharedAnnotations + 1)
        {
            Since = before.Branch.Snapshot,
        };
        var (project, snapshot) = (now.Branch.Project, now.Branch.Snapshot);
        var written = await annotations.ListAsync(project, snapshot, notes, cancellation);
        if (written.Count > MaxSharedAnnotations)
        {
            return null;
        }

        List<SamplePart> found = [];
        HashSet<byte[]> payloads = new(ReferenceEqualityComparer.Instance);
        long bytes = 0;
        await foreach (var part in ReadPartsAsync(now, range, cancellation))
        {
            if (part.Block is { } block && payloads.Add(block.Payload))
            {
                bytes += block.Payload.Length;
            }

            if (bytes > maxBytes)
            {
                return null;
            }

            found.Add(part);
        }

        return new(now.Number, range, found, written, bytes);
    }

    /// <summary>Parts of the stream at a head, by page.</summary>
    public IAsyncEnumerable<SamplePart> ReadPartsAsync(TailHead head, SampleRange range, CancellationToken cancellation)
    {
        var groups = Enumerable.Range(0, head.Stream.Descriptor.Groups.Count).ToArray();
        return range.IsEmpty
            ? AsyncEnumerable.Empty<SamplePart>()
            : parts.ReadAsync(new(head.Branch, head.Stream.StreamId, groups, range), cancellation);
    }

    /// <summary>Annotations at a head, by start sample, by page.</summary>
    /// <param name="since">Only those written since that head; null: whenever.</param>
    /// <param name="startSample">Only those from that sample on.</param>
    public IAsyncEnumerable<StreamAnnotation> ReadAnnotationsAsync(
        TailHead head,
        TailHead? since,
        long? startSample,
        CancellationToken cancellation
    )
    {
        // A key orders by sample, then id: this one is the last that comes before the sample.
        AnnotationKey? after = startSample is { } sample ? new(sample - 1, Guid.AllBitsSet) : null;
        var query = new AnnotationQuery(head.Stream.StreamId, AnnotationPage)
        {
            After = after,
            Since = since?.Branch.Snapshot,
        };
        return annotations.ReadAsync(head.Branch.Project, head.Branch.Snapshot, query, cancellation);
    }
}
