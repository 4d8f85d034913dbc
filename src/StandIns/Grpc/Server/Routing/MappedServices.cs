using System.Collections.Concurrent;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// What an application has mapped so far, for the endpoints that exist once and for reflection. Thread-safe.
/// </summary>
internal sealed class MappedServices
{
    private readonly ConcurrentDictionary<string, Type> services = new(StringComparer.Ordinal);
    private int unknownServiceMapped;

    /// <summary>The service types mapped, by the full name of their service.</summary>
    public IReadOnlyDictionary<string, Type> ByName => services;

    /// <summary>True for the first type that maps a service of this name.</summary>
    public bool TryAdd(string serviceName, Type type) => services.TryAdd(serviceName, type);

    /// <summary>True once.</summary>
    public bool TryMapUnknownService() => Interlocked.Exchange(ref unknownServiceMapped, 1) == 0;
}
