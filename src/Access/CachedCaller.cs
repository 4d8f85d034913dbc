using System.Text.Json;
using System.Text.Json.Serialization;
using Dendrite.Storage;

namespace Dendrite.Access;

/// <summary>
/// A proved key as it lies in Redis, under the hash of its secret. It holds nothing that could be presented.
/// </summary>
/// <param name="ProvedTime">From before it was looked up: a Redis that stood still may take it long after that.</param>
internal sealed record CachedCaller(
    string KeyId,
    string Label,
    long? Project,
    string? ProjectName,
    IReadOnlyList<string> Roles,
    DateTimeOffset? ExpireTime,
    DateTimeOffset ProvedTime
)
{
    public static CachedCaller From(Caller caller, DateTimeOffset? expireTime, DateTimeOffset provedTime) =>
        new(
            caller.KeyId,
            caller.Label,
            caller.Project?.Value,
            caller.ProjectName,
            caller.Roles,
            expireTime,
            provedTime
        );

    public Caller ToCaller() =>
        new(KeyId, Label, Project is { } project ? new ProjectId(project) : null, ProjectName, Roles);

    public byte[] Serialize() => JsonSerializer.SerializeToUtf8Bytes(this, CachedCallerJson.Default.CachedCaller);

    /// <summary>Null for what another version of this program may have left there.</summary>
    public static CachedCaller? TryDeserialize(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, CachedCallerJson.Default.CachedCaller);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(CachedCaller))]
internal sealed partial class CachedCallerJson : JsonSerializerContext;
