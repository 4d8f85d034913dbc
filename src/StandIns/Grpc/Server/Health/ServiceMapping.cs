using System.Collections;

namespace Grpc.AspNetCore.HealthChecks;

/// <summary>A health check, as the predicate of a mapping sees it.</summary>
public sealed class HealthCheckMapContext
{
    /// <summary>A check by its name and tags.</summary>
    public HealthCheckMapContext(string name, IEnumerable<string> tags)
    {
        Name = name;
        Tags = tags;
    }

    /// <summary>The name.</summary>
    public string Name { get; }

    /// <summary>The tags.</summary>
    public IEnumerable<string> Tags { get; }
}

/// <summary>The checks that speak for one service.</summary>
public sealed class ServiceMapping
{
    /// <summary>The checks for which <paramref name="predicate"/> holds speak for the service.</summary>
    public ServiceMapping(string name, Func<HealthCheckMapContext, bool> predicate)
    {
        Name = name;
        HealthCheckPredicate = predicate;
    }

    /// <summary>The service; empty for the server as a whole.</summary>
    public string Name { get; }

    /// <summary>Which checks speak for it.</summary>
    public Func<HealthCheckMapContext, bool>? HealthCheckPredicate { get; }
}

/// <summary>The services reported on, one mapping each.</summary>
public sealed class ServiceMappingCollection : ICollection<ServiceMapping>
{
    private readonly Dictionary<string, ServiceMapping> mappings = new(StringComparer.Ordinal);

    /// <inheritdoc />
    public int Count => mappings.Count;

    bool ICollection<ServiceMapping>.IsReadOnly => false;

    /// <summary>
    /// Maps a service to the checks for which <paramref name="predicate"/> holds, in place of what it had.
    /// </summary>
    public void Map(string name, Func<HealthCheckMapContext, bool> predicate) =>
        mappings[name] = new ServiceMapping(name, predicate);

    /// <inheritdoc />
    public void Add(ServiceMapping service) => mappings.Add(service.Name, service);

    /// <summary>Reports on a service no more.</summary>
    public void Remove(string name) => mappings.Remove(name);

    /// <inheritdoc />
    public void Clear() => mappings.Clear();

    /// <inheritdoc />
    public IEnumerator<ServiceMapping> GetEnumerator() => mappings.Values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    bool ICollection<ServiceMapping>.Contains(ServiceMapping item) => mappings.ContainsValue(item);

    void ICollection<ServiceMapping>.CopyTo(ServiceMapping[] array, int arrayIndex) =>
        mappings.Values.CopyTo(array, arrayIndex);

    bool ICollection<ServiceMapping>.Remove(ServiceMapping item) =>
        mappings.TryGetValue(item.Name, out var held) && held == item && mappings.Remove(item.Name);

    internal ServiceMapping? Find(string name) => mappings.GetValueOrDefault(name);
}
