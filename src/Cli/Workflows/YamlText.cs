using System.Globalization;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Dendrite.Cli.Workflows;

/// <summary>YAML as JSON: mappings with texts as keys, sequences, scalars as YAML's core schema reads them.</summary>
internal static class YamlText
{
    /// <summary>Aliases can make little text a tree without end; a document that people write is far below.</summary>
    private const int MaxNodes = 100_000;
    private const int MaxDepth = 40;

    /// <exception cref="YamlException">It is no YAML, holds more than one document, or is too deep or too large.
    /// </exception>
    public static string ToJson(string yaml)
    {
        var stream = new YamlStream();
        using var reader = new StringReader(yaml);
        stream.Load(reader);
        if (stream.Documents.Count != 1)
            throw new YamlException($"there are {stream.Documents.Count} documents; give one");
        var left = MaxNodes;
        return Of(stream.Documents[0].RootNode, MaxDepth, ref left)?.ToJsonString() ?? "null";
    }

    private static JsonNode? Of(YamlNode node, int depth, ref int left)
    {
        if (depth == 0 || --left < 0)
            throw new YamlException(node.Start, node.End, "it is too deep, or too large with all its aliases");
        switch (node)
        {
            case YamlMappingNode mapping:
                var members = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    var name = (key as YamlScalarNode)?.Value;
                    if (name is null || !members.TryAdd(name, Of(value, depth - 1, ref left)))
                        throw new YamlException(key.Start, key.End, "a key is no text, or stands there twice");
                }
                return members;
            case YamlSequenceNode sequence:
                var items = new JsonArray();
                foreach (var item in sequence.Children)
                    items.Add(Of(item, depth - 1, ref left));
                return items;
            default:
                return Scalar((YamlScalarNode)node);
        }
    }

    private static JsonNode? Scalar(YamlScalarNode scalar)
    {
        var text = scalar.Value ?? "";
        // What stands in quotes is a text whatever it looks like.
        if (scalar.Style is not (ScalarStyle.Plain or ScalarStyle.Any))
            return JsonValue.Create(text);
        return text switch
        {
            "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) =>
                JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }
}
