using System.Text.Json;
using Dendrite.ServiceDefaults.Draining;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Health;

/// <summary>
/// Health on the http endpoint. A check that needs PostgreSQL belongs to <c>/health</c> only: restarting a service
/// because its database is away would help nobody, so <c>/alive</c> has the checks tagged <c>live</c> and no other.
/// </summary>
internal static class ServiceHealthExtensions
{
    public const string HealthPath = "/health";
    public const string AlivePath = "/alive";

    private const string LiveTag = "live";

    // How soon a watcher of grpc.health.v1 learns of a change.
    private static readonly TimeSpan PublishPeriod = TimeSpan.FromSeconds(5);

    public static void AddServiceHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.Configure<HealthCheckPublisherOptions>(options =>
        {
            options.Delay = TimeSpan.FromSeconds(1);
            options.Period = PublishPeriod;
        });
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
        builder.Services.AddSingleton<IHealthCheckPublisher, HealthChangeLog>();
        builder
            .Services.AddHealthChecks()
            .AddCheck("process", () => HealthCheckResult.Healthy(), [LiveTag])
            .AddCheck<AcceptingCallsCheck>("accepting-calls");
    }

    public static void MapServiceHealth(this WebApplication app)
    {
        app.MapHealthChecks(HealthPath, new HealthCheckOptions { ResponseWriter = WriteAsync });
        app.MapHealthChecks(
            AlivePath,
            new HealthCheckOptions { Predicate = check => check.Tags.Contains(LiveTag), ResponseWriter = WriteAsync }
        );
    }

    /// <summary>Names and states only: descriptions and exceptions may hold addresses, and anybody may ask.</summary>
    private static Task WriteAsync(HttpContext context, HealthReport report)
    {
        context.Response.ContentType = "application/json";
        var checks = report.Entries.ToDictionary(entry => entry.Key, entry => entry.Value.Status.ToString());
        return context.Response.WriteAsync(
            JsonSerializer.Serialize(new { status = report.Status.ToString(), checks }),
            context.RequestAborted
        );
    }
}
