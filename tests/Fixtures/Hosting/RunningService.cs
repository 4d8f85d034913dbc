using System.Net;
using Dendrite.Fixtures.Logging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.Fixtures.Hosting;

/// <summary>
/// A service in this process, on a real Kestrel with the two endpoints that every service has. Ending it fails the test
/// where an error was logged that the test did not announce.
/// </summary>
public sealed class RunningService : IAsyncDisposable
{
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);

    private RunningService(WebApplication app, LogCapture logs)
    {
        App = app;
        Logs = logs;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Http = new Uri(addresses.First());
        Grpc = new Uri(addresses.Last());
    }

    public WebApplication App { get; }

    public LogCapture Logs { get; }

    /// <summary>HTTP/1.1: health.</summary>
    public Uri Http { get; }

    /// <summary>HTTP/2 without TLS: gRPC.</summary>
    public Uri Grpc { get; }

    /// <param name="add">Registers the service, as its <c>Program.cs</c> does.</param>
    /// <param name="map">Maps it.</param>
    public static async Task<RunningService> StartAsync(
        Action<WebApplicationBuilder> add,
        Action<WebApplication> map,
        IReadOnlyDictionary<string, string?>? settings = null,
        string environment = "Production"
    )
    {
        var logs = new LogCapture();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = environment });
        // A service under test knows what its test says: neither the ports of its own appsettings.json, which lies
        // beside the test, nor what this machine's environment happens to hold.
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Configuration.AddInMemoryCollection(settings);
        add(builder);
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Information);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        var app = builder.Build();
        map(app);
        await app.StartAsync();
        return new RunningService(app, logs);
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(StopPatience);
        await App.StopAsync(patience.Token);
        await App.DisposeAsync();
        Logs.VerifyNoErrors();
    }
}
