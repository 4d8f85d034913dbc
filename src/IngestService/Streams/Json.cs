using System.Text.Json;
using Google.Protobuf;

namespace Dendrite.IngestService.Streams;

/// <summary>Between messages and the JSON that is stored.</summary>
internal static class Json
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default);
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    public static string Format(IMessage message) => Formatter.Format(message);

    public static string Format(IReadOnlyDictionary<string, string> labels) => JsonSerializer.Serialize(labels);

    /// <summary>Null for the empty object, which stands for an absent message.</summary>
    public static T? Parse<T>(string json)
        where T : class, IMessage<T>, new() => json is "{}" ? null : Parser.Parse<T>(json);

    public static Dictionary<string, string> ParseLabels(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
}
