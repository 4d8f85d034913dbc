using System.Diagnostics;
using Dendrite.ServiceDefaults.Health;
using OpenTelemetry;

namespace Dendrite.ServiceDefaults.Telemetry;

/// <summary>
/// Keeps spans of probes of health, and of what they ask for, from whatever exports behind it: every few seconds from
/// each prober, they would hide the calls.
/// </summary>
internal sealed class ProbeFilter : BaseProcessor<Activity>
{
    public override void OnEnd(Activity data)
    {
        for (var span = data; span is not null; span = span.Parent)
        {
            if (span.Kind == ActivityKind.Server && span.GetTagItem("url.path") is string path && IsProbe(path))
            {
                data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
            }
        }
    }

    private static bool IsProbe(string path) =>
        path.Equals(ServiceHealthExtensions.HealthPath, StringComparison.OrdinalIgnoreCase)
        || path.Equals(ServiceHealthExtensions.AlivePath, StringComparison.OrdinalIgnoreCase)
        || path.StartsWith("/grpc.health.v1.", StringComparison.Ordinal);
}
