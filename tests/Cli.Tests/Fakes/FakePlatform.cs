using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Dendrite.Cli.Tests.Fakes;

/// <summary>
/// The services in this process, answering from memory over real gRPC: enough to run every command against, and to make
/// things go wrong on purpose.
/// </summary>
internal sealed class FakePlatform : IAsyncDisposable
{
    private readonly WebApplication application;

    private FakePlatform(WebApplication application, FakeState state)
    {
        this.application = application;
        State = state;
    }

    public FakeState State { get; }

    /// <summary>The scheduler's.</summary>
    public FakeRuns Runs => application.Services.GetRequiredService<FakeRuns>();

    /// <summary>Every service's.</summary>
    public FakeOperations Operations => application.Services.GetRequiredService<FakeOperations>();

    /// <summary>The service of backups'.</summary>
    public FakeVault Vault => application.Services.GetRequiredService<FakeVault>();

    public string Address =>
        application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    /// <summary>The environment of a command that finds it.</summary>
    public Func<string, string?> Variables => CommandRun.Variables(FakeState.ApiKey, _ => Address);

    public static async Task<FakePlatform> StartAsync()
    {
        var state = new FakeState();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2)
        );
        builder.Services.AddSingleton(state);
        builder.Services.AddSingleton<FakeRuns>();
        builder.Services.AddSingleton<FakeOperations>();
        builder.Services.AddSingleton<FakeVault>();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = 16 << 20);
        var application = builder.Build();
        application.MapGrpcService<FakeBranchService>();
        application.MapGrpcService<FakeIngestService>();
        application.MapGrpcService<FakeQueryService>();
        application.MapGrpcService<FakeRecords>();
        application.MapGrpcService<FakeMerges>();
        application.MapGrpcService<FakeHistory>();
        application.MapGrpcService<FakeBackups>();
        application.MapGrpcService<FakeProjects>();
        application.MapGrpcService<FakeComparisonService>();
        application.MapGrpcService<FakeOperationService>();
        application.MapGrpcService<FakeScheduler>();
        application.MapGrpcService<FakeWorkflows>();
        application.MapGrpcService<FakeSources>();
        application.MapGrpcService<FakeQuality>();
        await application.StartAsync();
        return new(application, state);
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();
}
