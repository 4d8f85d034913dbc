using System.Net;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Grpc.AspNetCore.Server;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.StandIns.Grpc.Tests.Infrastructure;

/// <summary>An application with the echo service on a free port of the loopback, and channels to it.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    /// <summary>Longer than anything here takes: a test that hangs fails by this.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WebApplication application;
    private readonly List<GrpcChannel> channels = [];

    private EchoServer(WebApplication application, EchoHandlers handlers, LogRecorder log)
    {
        this.application = application;
        Handlers = handlers;
        Log = log;
        Address = application
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
    }

    public EchoHandlers Handlers { get; }

    public LogRecorder Log { get; }

    public string Address { get; }

    public IServiceProvider Services => application.Services;

    public static async Task<EchoServer> StartAsync(
        Action<GrpcServiceOptions>? options = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? map = null,
        HttpProtocols protocols = HttpProtocols.Http2
    )
    {
        var builder = WebApplication.CreateSlimBuilder();
        var handlers = new EchoHandlers();
        var log = new LogRecorder();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = protocols)
        );
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Information);
        builder.Services.AddSingleton(handlers);
        builder.Services.AddGrpc(options ?? (_ => { }));
        services?.Invoke(builder.Services);
        var host = builder.Build();
        host.MapGrpcService<EchoService>();
        map?.Invoke(host);
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new EchoServer(host, handlers, log);
    }

    public GrpcChannel Channel(GrpcChannelOptions? options = null)
    {
        var channel = GrpcChannel.ForAddress(Address, options ?? new GrpcChannelOptions());
        channels.Add(channel);
        return channel;
    }

    public Echo.EchoClient Client(GrpcChannelOptions? options = null) => new(Channel(options));

    public async ValueTask DisposeAsync()
    {
        channels.ForEach(channel => channel.Dispose());
        await application.StopAsync();
        await application.DisposeAsync();
    }
}
