namespace Dendrite.ServiceDefaults.Grpc;

/// <summary>Which RPCs belong to the infrastructure and not to the contracts.</summary>
public static class WellKnownMethods
{
    /// <summary>
    /// True for health and reflection, which need no API key and do not keep a service from stopping.
    /// </summary>
    /// <param name="method">As in <c>/grpc.health.v1.Health/Check</c>.</param>
    public static bool IsInfrastructure(string method) =>
        method.StartsWith("/grpc.health.v1.", StringComparison.Ordinal)
        || method.StartsWith("/grpc.reflection.", StringComparison.Ordinal);
}
