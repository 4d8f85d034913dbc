using System.Text.Json.Nodes;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Changes;

/// <summary>Annotations as rows of <see cref="VersionedTable.Annotation"/>.</summary>
internal static class AnnotationRow
{
    public static JsonObject Key(long streamId, Guid annotationId) =>
        new() { ["stream_id"] = streamId, ["annotation_id"] = annotationId.ToString() };

    public static VersionedRow Of(long streamId, StreamAnnotation annotation)
    {
        var columns = Key(streamId, annotation.Id);
        columns["deleted"] = false;
        columns["start_sample"] = annotation.StartSample;
        columns["onset_ns"] = annotation.OnsetNs;
        columns["duration_ns"] = annotation.DurationNs;
        columns["text"] = annotation.Text;
        columns["category"] = annotation.Category;
        columns["channels"] = new JsonArray([.. annotation.Channels.Select(channel => JsonValue.Create(channel))]);
        columns["metadata"] = JsonNode.Parse(annotation.MetadataJson);
        return new(VersionedTable.Annotation, columns);
    }

    /// <summary>The same annotation, withdrawn.</summary>
    public static VersionedRow Deleted(JsonObject columns)
    {
        columns["deleted"] = true;
        return new(VersionedTable.Annotation, columns);
    }
}
