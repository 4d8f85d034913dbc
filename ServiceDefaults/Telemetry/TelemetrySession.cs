using Microsoft.Extensions.Hosting;
using OpenTelemetry;

namespace Dendrite.ServiceDefaults.Telemetry;

/// <summary>
/// Asks for the telemetry SDK, which makes it start; the container disposes it last of all, which sends what has
/// gathered.
/// </summary>
internal sealed class TelemetrySession(OpenTelemetrySdk sdk) : IHostedService
{
    /// <summary>Kept so that it is not merely passed by.</summary>
    public OpenTelemetrySdk Sdk => sdk;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
