namespace Dendrite.Storage.Access;

/// <summary>An API key as it is stored: never its secret.</summary>
/// <param name="SecretHash">SHA-256 of the secret, 32 bytes.</param>
/// <param name="Project">The one project that it reaches; null for every project.</param>
/// <param name="ProjectName">The id in that project's resource name; null with <paramref name="Project"/>.</param>
/// <param name="ExpireTime">From when on it is refused; null for never.</param>
/// <param name="DisableTime">Since when it is refused; null where it is not.</param>
public sealed record ApiKeyRecord(
    string KeyId,
    byte[] SecretHash,
    ProjectId? Project,
    string? ProjectName,
    string Label,
    IReadOnlyList<string> Roles,
    DateTimeOffset? ExpireTime,
    DateTimeOffset? DisableTime
);
