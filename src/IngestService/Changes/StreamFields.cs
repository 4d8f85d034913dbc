using System.Text.Json.Nodes;
using Dendrite.Errors;
using Dendrite.IngestService.Streams;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Changes;

/// <summary>What of a stream can be changed: what people say of it, and nothing that its samples depend on.</summary>
internal static class StreamFields
{
    /// <summary>The column of the labels.</summary>
    public const string Labels = "labels";

    private const string Field = "stream";

    /// <summary>What an update may change, each with whether the request sets it.</summary>
    public static IReadOnlyDictionary<string, bool> Updatable(V1.SignalStream stream) =>
        new Dictionary<string, bool>
        {
            ["display_name"] = stream.DisplayName.Length > 0,
            ["device"] = stream.Device is not null,
            ["expected_sample_count"] = stream.HasExpectedSampleCount,
            [Labels] = stream.Labels.Count > 0,
            ["metadata"] = stream.Metadata is not null,
        };

    /// <summary>The columns of the descriptor that the paths stand for, as the request has them.</summary>
    /// <param name="paths">Of <see cref="Updatable"/>.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static IReadOnlyDictionary<string, JsonNode?> Read(V1.SignalStream stream, IEnumerable<string> paths) =>
        paths.Distinct().ToDictionary(path => path, path => Read(stream, path));

    /// <summary>The new labels, but for the one of the file that the stream was imported from, which stays.</summary>
    public static JsonNode? Relabel(JsonNode? old, JsonNode? asked)
    {
        if (old?[SignalStreamDescriptor.SourceLabel] is { } source && asked is not null)
        {
            asked[SignalStreamDescriptor.SourceLabel] = source.DeepClone();
        }

        return asked;
    }

    private static JsonNode? Read(V1.SignalStream stream, string path) =>
        path switch
        {
            "display_name" => DescriptorReader.ReadDisplayName(stream, Field),
            "device" => JsonNode.Parse(DescriptorReader.ReadDevice(stream.Device, $"{Field}.device")),
            "expected_sample_count" => DescriptorReader.ReadExpectedSampleCount(stream, Field),
            Labels => JsonNode.Parse(Json.Format(RequestFields.Labels(stream.Labels, $"{Field}.labels"))),
            _ => JsonNode.Parse(DescriptorReader.ReadMetadata(stream, Field)),
        };
}
