using Dendrite.Errors;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage.Access;

namespace Dendrite.Access;

/// <summary>
/// Turns the <c>authorization</c> of a call into its caller. A key that was proved once is remembered in Redis, so that
/// most calls do not ask PostgreSQL; without Redis they all do. A key that is disabled is refused within
/// <see cref="CacheLifetime"/>, at once where <see cref="ForgetAsync"/> was called; one that expires, at that moment.
/// </summary>
public sealed class ApiKeyAuthenticator(ApiKeyStore store, HotCache cache, TimeProvider time)
{
    /// <summary>How long a disabled key may still be taken.</summary>
    public static readonly TimeSpan CacheLifetime = TimeSpan.FromSeconds(30);

    private const string Scheme = "Bearer ";
    private readonly RefusedKeys refused = new(time);

    /// <param name="authorization">As it came: <c>Bearer dk_…</c>; null where the call has none.</param>
    /// <exception cref="DendriteException">Unauthenticated. Whether the id or the secret was wrong is not
    /// told.</exception>
    public async Task<Caller> AuthenticateAsync(string? authorization, CancellationToken cancellationToken)
    {
        var key = Parse(authorization);
        var hash = key.HashSecret();
        if (refused.Contains(key.Id, hash))
            throw Unknown(key);

        if (await FindCachedAsync(key, hash) is { } remembered)
            return remembered;

        var asked = time.GetUtcNow();
        var record = await store.FindAsync(key.Id, cancellationToken);
        if (record is null || !key.Matches(record.SecretHash))
        {
            refused.Add(key.Id, hash);
            throw Unknown(key);
        }

        ThrowIfOver(record.KeyId, record.DisableTime, "is disabled");
        ThrowIfOver(record.KeyId, record.ExpireTime, "has expired");
        var caller = new Caller(record.KeyId, record.Label, record.Project, record.ProjectName, record.Roles);
        cache.Keep(CacheKey(hash), CachedCaller.From(caller, record.ExpireTime, asked).Serialize(), CacheLifetime);
        return caller;
    }

    /// <summary>Makes a change of a key (disabled, other roles) take effect at once where Redis can be told.</summary>
    /// <param name="secretHash">As stored.</param>
    public Task ForgetAsync(byte[] secretHash) => cache.ForgetAsync(CacheKey(secretHash));

    private static ApiKey Parse(string? authorization)
    {
        if (string.IsNullOrEmpty(authorization))
        {
            throw new DendriteException(
                ErrorReason.Unauthenticated,
                "This call needs an API key: send the metadata 'authorization: Bearer dk_…'."
            );
        }

        if (
            authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && ApiKey.TryParse(authorization[Scheme.Length..].Trim(), out var key)
        )
        {
            return key!;
        }

        throw new DendriteException(
            ErrorReason.Unauthenticated,
            "The metadata 'authorization' is not 'Bearer dk_<key id>_<secret>'."
        );
    }

    private async Task<Caller?> FindCachedAsync(ApiKey key, byte[] hash)
    {
        if (await cache.FindAsync(CacheKey(hash)) is not { } bytes)
            return null;
        var remembered = CachedCaller.TryDeserialize(bytes);
        // The right secret under another key's id is not that key.
        if (remembered is null || !string.Equals(remembered.KeyId, key.Id, StringComparison.Ordinal))
            return null;
        if (time.GetUtcNow() - remembered.ProvedTime >= CacheLifetime)
            return null;
        ThrowIfOver(remembered.KeyId, remembered.ExpireTime, "has expired");
        return remembered.ToCaller();
    }

    private void ThrowIfOver(string keyId, DateTimeOffset? end, string how)
    {
        if (end <= time.GetUtcNow())
            throw new DendriteException(
                ErrorReason.Unauthenticated,
                $"The API key '{keyId}' {how}: ask for a new one."
            );
    }

    private static DendriteException Unknown(ApiKey key) =>
        new(ErrorReason.Unauthenticated, $"The API key '{key.Id}' is not known, or its secret is wrong.");

    private static string CacheKey(byte[] hash) => $"dendrite:api-key:{Convert.ToHexStringLower(hash)}";
}
