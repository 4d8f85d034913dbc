using System.Net;
using Dendrite.Client.Connection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.Client.Tests;

/// <summary>
/// A <see cref="FakeIngest"/> behind a real gRPC server, and a connection to it that retries at once.
/// </summary>
internal sealed class FakePlatform : IAsyncDisposable
{
    private readonly WebApplication app;

    private FakePlatform(WebApplication app, FakeIngest ingest)
    {
        this.app = app;
        Ingest = ingest;
        Connection = new(
            new()
            {
                IngestAddresses = [app.Urls.Single()],
                ApiKey = "dk_test_0123456789abcdef",
                Retry = new() { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5) },
            }
        );
    }

    public FakeIngest Ingest { get; }

    public DendriteConnection Connection { get; }

    /// <param name="port">Where; 0 for any free one.</param>
    public static async Task<FakePlatform> StartAsync(int port = 0)
    {
        var ingest = new FakeIngest();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(ingest);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http2)
        );
        var app = builder.Build();
        app.MapGrpcService<FakeIngest>();
        await app.StartAsync();
        return new(app, ingest);
    }

    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
