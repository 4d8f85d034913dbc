using Grpc.Health.V1;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Grpc.AspNetCore.HealthChecks;

/// <summary>The last published health of each service, and the wait for the next. Thread-safe.</summary>
internal sealed class HealthFeed
{
    private TaskCompletionSource<HealthReport> next = NewSource();

    /// <summary>Ends with the next report.</summary>
    public Task<HealthReport> Next => Volatile.Read(ref next).Task;

    public void Publish(HealthReport report) => Interlocked.Exchange(ref next, NewSource()).SetResult(report);

    /// <summary>Unhealthy if one check that speaks for the service is; unknown if none speaks for it.</summary>
    public static HealthCheckResponse.Types.ServingStatus StatusOf(HealthReport report, ServiceMapping mapping)
    {
        var status = HealthCheckResponse.Types.ServingStatus.Unknown;
        foreach (var (name, entry) in report.Entries)
        {
            if (mapping.HealthCheckPredicate?.Invoke(new HealthCheckMapContext(name, entry.Tags)) == false)
            {
                continue;
            }

            if (entry.Status == HealthStatus.Unhealthy)
            {
                return HealthCheckResponse.Types.ServingStatus.NotServing;
            }

            status = HealthCheckResponse.Types.ServingStatus.Serving;
        }

        return status;
    }

    private static TaskCompletionSource<HealthReport> NewSource() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>Hands each report of the application's periodic health checks to the feed.</summary>
internal sealed class HealthPublisher(HealthFeed feed) : IHealthCheckPublisher
{
    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        feed.Publish(report);
        return Task.CompletedTask;
    }
}
