using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Dendrite.ServiceDefaults.Draining;

/// <summary>Turns unhealthy as soon as the service was told to stop.</summary>
internal sealed class AcceptingCallsCheck(DrainState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context,
        CancellationToken cancellationToken = default
    ) =>
        Task.FromResult(
            state.Draining.IsCancellationRequested
                ? HealthCheckResult.Unhealthy("The service is stopping.")
                : HealthCheckResult.Healthy()
        );
}
