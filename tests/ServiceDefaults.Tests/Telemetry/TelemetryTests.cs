using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Dendrite.ServiceDefaults.Tests.Telemetry;

/// <summary>What a service tells a collector, as a dashboard needs it to tell services and replicas apart.</summary>
public sealed class TelemetryTests
{
    private static readonly string[] Signals = ["traces", "metrics", "logs"];

    [Fact]
    public async Task All_signals_go_to_the_configured_collector_under_the_name_and_instance_that_the_AppHost_gave()
    {
        await using var collector = await Collector.StartAsync();
        await RunAsync(
            collector,
            ("OTEL_SERVICE_NAME", "comparison"),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=comparison-of-two")
        );

        Assert.All(
            Signals,
            signal =>
            {
                var received = collector.Received(signal);
                Assert.Contains("comparison", received, StringComparison.Ordinal);
                Assert.Contains("comparison-of-two", received, StringComparison.Ordinal);
            }
        );
        Assert.Contains("a step of the work", collector.Received("traces"), StringComparison.Ordinal);
        Assert.Contains("a line of the work", collector.Received("logs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_names_it_a_service_has_the_name_of_its_program_and_an_instance_of_its_own()
    {
        await using var collector = await Collector.StartAsync();
        await RunAsync(collector);

        Assert.All(
            Signals,
            signal =>
            {
                var received = collector.Received(signal);
                Assert.Contains("service-under-test", received, StringComparison.Ordinal);
                Assert.Contains("service.instance.id", received, StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public async Task Spans_of_calls_are_told_and_those_of_probes_and_what_they_ask_for_are_not()
    {
        await using var collector = await Collector.StartAsync();
        await RunAsync(collector);

        var traces = collector.Received("traces");
        Assert.Contains("/work", traces, StringComparison.Ordinal);
        Assert.Contains("a query of the work", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("/alive", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("/health", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("grpc.health.v1", traces, StringComparison.Ordinal);
        Assert.DoesNotContain("a query of a probe", traces, StringComparison.Ordinal);
    }

    /// <summary>Starts a service, has it do one piece of work, and ends it, which sends what has gathered.</summary>
    private static async Task RunAsync(Collector collector, params (string Key, string Value)[] named)
    {
        (string Key, string Value)[] settings =
        [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Address),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            .. named,
        ];
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ApplicationName = "service-under-test" }
        );
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(one => one.Key, string? (one) => one.Value));
        builder.AddServiceDefaults();
        builder.Logging.AddFilter<ConsoleLoggerProvider>(_ => false);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        using var source = new ActivitySource("Dendrite.Tests");
        builder.Services.AddHealthChecks().AddCheck("database", () => Query("a query of a probe"), ["live"]);
        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGet("/grpc.health.v1.Health/Check", () => Query("a query of a probe").Status.ToString());
        app.MapGet("/work", () => Query("a query of the work").Status.ToString());
        await app.StartAsync().Bounded();

        using (source.StartActivity("a step of the work"))
        {
            var logger = app.Services.GetRequiredService<ILogger<TelemetryTests>>();
            logger.Log(LogLevel.Warning, eventId: 0, "a line of the work", exception: null, (line, _) => line);
        }

        // Whoever probes is another process, whose spans are none of the service's.
        using var handler = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        using var http = new HttpClient(handler);
        foreach (var path in new[] { "alive", "health", "grpc.health.v1.Health/Check", "work" })
        {
            await http.GetStringAsync($"{app.Urls.Single()}/{path}").Bounded();
        }

        await app.StopAsync().Bounded();

        HealthCheckResult Query(string name)
        {
            // The service looks at its own health, too.
            using var query = Activity.Current is null ? null : source.StartActivity(name);
            return HealthCheckResult.Healthy();
        }
    }
}
