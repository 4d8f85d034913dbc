using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Health;

/// <summary>
/// Logs a check when its state changes. The framework would log every failure of every run as an error, a stopping
/// service that says so on purpose included; that is filtered out.
/// </summary>
internal sealed partial class HealthChangeLog(ILogger<HealthChangeLog> logger) : IHealthCheckPublisher
{
    private readonly Dictionary<string, HealthStatus> states = new(StringComparer.Ordinal);

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        // Publishing is never concurrent: the framework awaits each run.
        foreach (var (name, check) in report.Entries)
        {
            var before = states.GetValueOrDefault(name, HealthStatus.Healthy);
            states[name] = check.Status;
            if (check.Status == before)
                continue;
            if (check.Status is HealthStatus.Healthy)
                LogHealthy(logger, name);
            else
                LogUnhealthy(logger, check.Exception, name, check.Status, check.Description);
        }

        return Task.CompletedTask;
    }

    [LoggerMessage(1301, LogLevel.Warning, "The health check {Check} is {Status}: {Description}")]
    private static partial void LogUnhealthy(
        ILogger logger,
        Exception? error,
        string check,
        HealthStatus status,
        string? description
    );

    [LoggerMessage(1302, LogLevel.Information, "The health check {Check} is healthy again")]
    private static partial void LogHealthy(ILogger logger, string check);
}
