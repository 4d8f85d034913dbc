using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Tests.Telemetry;

/// <summary>Takes telemetry as a collector does (OTLP over HTTP), and keeps it.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Signal, string Text)> received = new();

    private Collector(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var collector = new Collector(builder.Build());
        collector.app.MapPost("/v1/{signal}", collector.ReceiveAsync);
        await collector.app.StartAsync();
        return collector;
    }

    /// <summary>All of a kind (<c>traces</c>, <c>metrics</c>, <c>logs</c>); texts in it are as they were.</summary>
    public string Received(string signal) =>
        string.Concat(received.Where(part => part.Signal == signal).Select(part => part.Text));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task ReceiveAsync(string signal, HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        received.Enqueue((signal, Encoding.Latin1.GetString(body.ToArray())));
    }
}
