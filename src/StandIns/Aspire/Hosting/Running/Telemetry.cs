namespace Aspire.Hosting.Running;

/// <summary>
/// Where the AppHost is told of a collector (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>, which its children inherit), each
/// service reports under its own name, at once and in full, as suits a developer who looks at it.
/// </summary>
internal static class Telemetry
{
    public static void AddTo(Dictionary<string, object> variables, string resource, int replica)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            return;
        }

        variables["OTEL_SERVICE_NAME"] = resource;
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={resource}-{replica}";
        variables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
        variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
        variables["OTEL_TRACES_SAMPLER"] = "always_on";
        variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
    }
}
