using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Dendrite.ServiceDefaults.Telemetry;

/// <summary>
/// Traces, metrics and logs to a collector, by the base OpenTelemetry SDK alone: ASP.NET Core, HttpClient, the runtime
/// and Npgsql publish activities and meters of their own, so no instrumentation packages are needed.
/// </summary>
internal static class TelemetryExtensions
{
    /// <summary>The prefix of our own activity sources and meters.</summary>
    private const string OwnSources = "Dendrite.*";

    private static readonly string[] Sources = [OwnSources, "Microsoft.AspNetCore", "System.Net.Http", "Npgsql"];

    private static readonly string[] Meters =
    [
        OwnSources,
        "Microsoft.AspNetCore.Hosting",
        "Microsoft.AspNetCore.Server.Kestrel",
        "System.Net.Http",
        "System.Runtime",
        "Npgsql",
    ];

    /// <summary>
    /// Exports where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says; nothing is collected where it is not set.
    /// </summary>
    public static void AddServiceTelemetry(this IHostApplicationBuilder builder)
    {
        if (string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
            return;

        // Without this, ASP.NET Core's own server spans carry no HTTP tags.
        AppContext.SetSwitch("Microsoft.AspNetCore.Hosting.SuppressActivityOpenTelemetryData", isEnabled: false);

        var service = builder.Configuration["OTEL_SERVICE_NAME"] ?? builder.Environment.ApplicationName;
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.SetResourceBuilder(Describe(ResourceBuilder.CreateEmpty(), service));
            logs.AddOtlpExporter();
        });
        builder.Services.AddSingleton(services => Create(service, services.GetRequiredService<IConfiguration>()));
        builder.Services.AddHostedService<TelemetrySession>();
    }

    private static OpenTelemetrySdk Create(string service, IConfiguration configuration) =>
        OpenTelemetrySdk.Create(sdk =>
        {
            // The SDK has services of its own, and by itself would read its settings from the environment alone.
            sdk.Services.AddSingleton(configuration);
            sdk.ConfigureResource(resource => Describe(resource.Clear(), service))
                .WithTracing(traces => traces.AddSource(Sources).AddProcessor(new ProbeFilter()).AddOtlpExporter())
                .WithMetrics(metrics => metrics.AddMeter(Meters).AddOtlpExporter());
        });

    /// <summary>
    /// The instance that <c>OTEL_RESOURCE_ATTRIBUTES</c> names comes last, as the last one counts: an AppHost's
    /// dashboard knows replicas by it. The one that is made up here is for a service that is run alone.
    /// </summary>
    private static ResourceBuilder Describe(ResourceBuilder resource, string service) =>
        resource.AddService(service).AddTelemetrySdk().AddEnvironmentVariableDetector();
}
