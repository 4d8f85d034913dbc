namespace Grpc.AspNetCore.HealthChecks;

/// <summary>Which health checks speak for which gRPC service.</summary>
public sealed class GrpcHealthChecksOptions
{
    /// <summary>
    /// The services reported on; the empty name, the server as a whole, has all checks unless it is mapped.
    /// </summary>
    public ServiceMappingCollection Services { get; } = [];

    /// <summary>
    /// Whether watches stay open while the application shuts down; by default they end, so that it can.
    /// </summary>
    public bool SuppressCompletionOnShutdown { get; set; }
}
