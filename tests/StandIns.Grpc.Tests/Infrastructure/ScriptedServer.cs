using System.Net;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.StandIns.Grpc.Tests.Infrastructure;

/// <summary>A server that answers every request with what a test says, gRPC or not.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly GrpcChannel channel;

    private ScriptedServer(WebApplication application, GrpcChannelOptions options)
    {
        this.application = application;
        var server = application.Services.GetRequiredService<IServer>();
        channel = GrpcChannel.ForAddress(server.Features.Get<IServerAddressesFeature>()!.Addresses.First(), options);
    }

    public Echo.EchoClient Client => new(channel);

    public static async Task<ScriptedServer> StartAsync(RequestDelegate answer, GrpcChannelOptions? options = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)
        );
        var host = builder.Build();
        host.Run(answer);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new ScriptedServer(host, options ?? new GrpcChannelOptions());
    }

    /// <summary>A gRPC response of this body and status.</summary>
    public static RequestDelegate Reply(
        byte[] body,
        string status = "0",
        params (string Name, string Value)[] headers
    ) =>
        async context =>
        {
            context.Response.ContentType = "application/grpc";
            foreach (var (name, value) in headers)
            {
                context.Response.Headers[name] = value;
            }

            await context.Response.Body.WriteAsync(body);
            context.Response.AppendTrailer("grpc-status", status);
        };

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        await application.StopAsync();
        await application.DisposeAsync();
    }
}
