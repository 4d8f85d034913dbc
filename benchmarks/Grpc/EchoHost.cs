using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.Benchmarks.Grpc;

/// <summary>
/// A Kestrel with the echo service and its raw counterpart, on a free port of the loopback: HTTP/2 without TLS.
/// </summary>
internal sealed class EchoHost : IAsyncDisposable
{
    private readonly WebApplication app;

    private EchoHost(WebApplication app) => this.app = app;

    public Uri Address => new(app.Urls.Single());

    public static async Task<EchoHost> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        // The settings of the services that other benchmarks run lie beside this program.
        ((IConfigurationBuilder)builder.Configuration).Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddGrpc();

        var host = builder.Build();
        host.MapGrpcService<EchoService>();
        RawEndpoints.Map(host);
        await host.StartAsync(cancellationToken);
        return new EchoHost(host);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
