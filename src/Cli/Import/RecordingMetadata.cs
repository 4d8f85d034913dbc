using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Import;

/// <summary>What a file says beyond a descriptor's own fields, as the platform takes it.</summary>
internal static class RecordingMetadata
{
    /// <summary>The contract allows 256 KiB; JSON grows where it is written in another way.</summary>
    private const int MaxBytes = 200 << 10;

    public static Struct Of(RecordingSource source, JsonObject ofStream)
    {
        var recording = source.Recording;
        var metadata = (JsonObject)recording.Metadata.DeepClone();
        foreach (var (key, value) in ofStream)
        {
            metadata[key] = value?.DeepClone();
        }
        metadata["format"] = recording.Format;
        metadata["file"] = Path.GetFileName(source.Path);
        if (source.Reader.Files.Count > 1)
        {
            metadata["files"] = new JsonArray([.. source.Reader.Files.Select(name => (JsonNode)name)]);
        }
        metadata["warnings"] = new JsonArray([.. recording.Warnings.Select(warning => (JsonNode)warning.ToString())]);
        var clean = (JsonObject)Clean(metadata);
        LeaveOutLargest(clean);
        return Struct.Parser.ParseJson(new JsonObject { [recording.MetadataKey] = clean }.ToJsonString());
    }

    /// <summary>A copy whose texts have lost what no service takes.</summary>
    public static JsonNode Clean(JsonNode node) =>
        node switch
        {
            JsonObject map => new JsonObject(
                map.Select(entry => KeyValuePair.Create(RecordingText.Clean(entry.Key), Optional(entry.Value)))
            ),
            JsonArray list => new JsonArray([.. list.Select(Optional)]),
            JsonValue value when value.TryGetValue(out string? text) => JsonValue.Create(RecordingText.Clean(text)),
            _ => node.DeepClone(),
        };

    private static JsonNode? Optional(JsonNode? node) => node is null ? null : Clean(node);

    /// <summary>
    /// Headers of some formats hold whole protocols. What does not fit is named instead of being cut in the middle.
    /// </summary>
    private static void LeaveOutLargest(JsonObject metadata)
    {
        var omitted = new JsonArray();
        while (metadata.ToJsonString().Length > MaxBytes)
        {
            string largest = metadata.MaxBy(entry => entry.Value?.ToJsonString().Length ?? 0).Key;
            omitted.Add(largest);
            metadata.Remove(largest);
        }
        if (omitted.Count > 0)
        {
            metadata["omitted"] = omitted;
        }
    }
}
