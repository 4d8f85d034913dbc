using Dendrite.ServiceDefaults.Draining;
using Dendrite.ServiceDefaults.Grpc;
using Dendrite.ServiceDefaults.Health;
using Dendrite.ServiceDefaults.Logging;
using Dendrite.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Dendrite.ServiceDefaults;

/// <summary>
/// What every service does alike. A service's whole <c>Program.cs</c> is
/// <code>
/// var builder = WebApplication.CreateBuilder(args);
/// builder.AddServiceDefaults();
/// builder.AddPlatformConnections();
/// builder.AddAccess();
/// builder.Services.AddSingleton&lt;…&gt;();
/// var app = builder.Build();
/// app.MapDefaultEndpoints();
/// app.MapGrpcService&lt;BranchRpc&gt;();
/// await app.RunAsync();
/// </code>
/// </summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// The clock, logs, telemetry, health, the gRPC server with errors as the contracts promise them, and an end that
    /// lets open calls finish.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.AddServiceLogging();
        builder.AddServiceTelemetry();
        builder.AddServiceHealth();
        builder.AddServiceGrpc();
        builder.AddDraining();
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (every check: may calls be sent here?), <c>/alive</c> (is the process worth keeping?),
    /// <c>grpc.health.v1</c>, and in Development server reflection.
    /// </summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        app.MapServiceHealth();
        app.MapServiceGrpc();
        return app;
    }
}
