using System.Net.Sockets;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>One endpoint that a resource listens on. Each replica listens on a port of its own.</summary>
public sealed class EndpointAnnotation(
    ProtocolType protocol,
    string? uriScheme = null,
    string? transport = null,
    string? name = null,
    int? port = null
) : IResourceAnnotation
{
    public ProtocolType Protocol { get; } = protocol;

    public string UriScheme { get; set; } = uriScheme ?? "tcp";

    /// <summary>"http2" where only HTTP/2 is spoken, as on a gRPC endpoint without TLS.</summary>
    public string Transport { get; set; } = transport ?? "http";

    public string Name { get; set; } = name ?? uriScheme ?? "tcp";

    /// <summary>
    /// The port asked for, or null for any free one. Projects always get free ones here: see PortAllocation.
    /// </summary>
    public int? Port { get; set; } = port;

    /// <summary>One port for each replica; null before ports are handed out.</summary>
    internal IReadOnlyList<int>? AllocatedPorts { get; set; }
}
