using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.Interop.Ours;

/// <summary>The test service of our side, on a free port of the loopback, without TLS.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private TestServer(WebApplication app) => this.app = app;

    public int Port => new Uri(app.Urls.Single()).Port;

    public static async Task<TestServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, endpoint => endpoint.Protocols = HttpProtocols.Http2)
        );
        builder.Services.AddGrpc();

        var host = builder.Build();
        host.Use(
            (context, next) =>
            {
                var flags = new FrameFlags();
                context.Features.Set(flags);
                context.Request.Body = new FrameTapStream(context.Request.Body, flags);
                return next(context);
            }
        );
        host.MapGrpcService<TestServiceOnOurSide>();
        await host.StartAsync();
        return new TestServer(host);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
