using System.Text.Json.Serialization;

namespace Dendrite.Cli.Connection;

/// <summary>How to reach a platform: the content of a connection file.</summary>
/// <param name="Project">Id of the project that commands work in.</param>
/// <param name="ApiKey">The key, <c>dk_..._...</c>. Never printed.</param>
/// <param name="Branch">gRPC address of the branch service.</param>
/// <param name="Ingest">gRPC address of the ingest service, which also answers reads.</param>
/// <param name="Comparison">gRPC address of the comparison service.</param>
/// <param name="Scheduler">gRPC address of the scheduler.</param>
internal sealed record ConnectionSettings(
    string? Project,
    string? ApiKey,
    string? Branch,
    string? Ingest,
    string? Comparison,
    string? Scheduler
)
{
    /// <summary>
    /// Whether the project was said with the command: then what is named in full must be of it.
    /// </summary>
    [JsonIgnore]
    public bool IsProjectChosen { get; init; }

    public override string ToString() => $"project {Project} at {Branch}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ConnectionSettings))]
internal sealed partial class ConnectionJson : JsonSerializerContext;
