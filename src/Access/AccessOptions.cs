namespace Dendrite.Access;

/// <summary>How the keys of open calls are looked after. Section <c>Access</c>.</summary>
/// <remarks>
/// Together with <see cref="ApiKeyAuthenticator.CacheLifetime"/> no stream outlives its key by more than a minute.
/// </remarks>
public sealed class AccessOptions
{
    /// <summary>How often the keys of open calls are looked at. Default 10 s, range 10 ms to 10 s.</summary>
    public TimeSpan OpenCallCheckInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long such a call may take to end, in which it stores and acknowledges what it took, before it is cut off.
    /// Default 10 s, range 0.1 to 10 s.
    /// </summary>
    public TimeSpan OpenCallEndTimeout { get; set; } = TimeSpan.FromSeconds(10);
}
