using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
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
        await using var app = builder.Build();
        app.MapDefaultEndpoints();
        await app.StartAsync().Bounded();

        using var source = new ActivitySource("Dendrite.Tests");
        using (source.StartActivity("a step of the work"))
        {
            var logger = app.Services.GetRequiredService<ILogger<TelemetryTests>>();
            logger.Log(LogLevel.Warning, eventId: 0, "a line of the work", exception: null, (line, _) => line);
        }

        using var http = new HttpClient();
        await http.GetStringAsync($"{app.Urls.Single()}/alive").Bounded();
        await app.StopAsync().Bounded();
    }
}
