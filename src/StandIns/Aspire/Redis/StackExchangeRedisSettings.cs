namespace Aspire.StackExchange.Redis;

/// <summary>
/// How a connection to Redis is registered; read from configuration section Aspire:StackExchange:Redis.
/// </summary>
public sealed class StackExchangeRedisSettings
{
    public string? ConnectionString { get; set; }

    public bool DisableHealthChecks { get; set; }

    /// <summary>Whoever collects traces chooses the source, or leaves it: nothing is collected from here.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Connect when first asked for, and not when the host starts.</summary>
    public bool DisableAutoActivation { get; set; }
}
